// How much memory a merger needs for a film, so that a film that cannot fit is refused before anything is rendered,
// instead of being ended by its limit when its last tile arrives. Pure.
import { ArrasError } from "../proto/errors.ts";
import { type FilmSpec, filmChannels } from "../proto/film-spec.ts";
import { areaPx } from "../proto/rect.ts";

/** The process before it holds any pixels, and messages on their way (measured: 120 to 180 MB). */
const processBytes = 200 * 2 ** 20;

/**
 * The film (a count, float64 sums, float32 extremes) and one float32 for each channel while a file is made of it.
 * Measured at 3840×2160 with every output: 1.49 GB; this says 1.58.
 */
export function filmMemoryBytes(spec: FilmSpec): number {
  const channels = filmChannels(spec);
  const filmBytes = channels.reduce((sum, { op }) => sum + (op === "sum" ? 8 : 4), 4);
  return areaPx(spec.cropWindow) * (filmBytes + 4 * channels.length) + processBytes;
}

/** Throws `resources-insufficient` where the merge computation's memory is less than the film needs. */
export function requireFilmFits(spec: FilmSpec, merge: { readonly name: string; readonly memoryMB: number }): void {
  const neededMB = Math.ceil(filmMemoryBytes(spec) / 2 ** 20);
  if (neededMB <= merge.memoryMB) return;
  const { x0, y0, x1, y1 } = spec.cropWindow;
  throw new ArrasError("resources-insufficient", {
    message: `A film of ${x1 - x0}×${y1 - y0} pixels with ${spec.outputs.join(", ")} needs about ${neededMB} MB; ${merge.name} has ${merge.memoryMB} MB`,
    action: `Give ${merge.name} memoryMB ${neededMB} in the session definition, or render fewer outputs (--aov) or crops (--crop).`,
    place: { computation: merge.name },
  });
}
