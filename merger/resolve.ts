// Film sums → image: the mean of every `sum` channel, `min` and `closest` as they are. For the whole crop window or for
// any rectangle inside it (a tile of a preview). Normals are means too, hence shorter than 1 where they vary.
import { filmChannels, quantumsPerUnit } from "../proto/film-spec.ts";
import type { OutputName } from "../proto/outputs.ts";
import { areaPx, contains, isEmpty, type PixelRect, widthPx } from "../proto/rect.ts";
import type { FilmPlanes } from "./film-planes.ts";

export interface ResolvedChannel {
  readonly output: OutputName;
  readonly channel: string;
  /** Pixels of the image's rectangle, rows top to bottom. */
  readonly values: Float32Array;
}

export interface ResolvedImage {
  readonly rect: PixelRect;
  readonly channels: readonly ResolvedChannel[];
}

/**
 * The channels of `outputs` (all of the film's when absent) over `rect` (the crop window when absent). Pixels without
 * samples are 0, in `min` outputs +∞. Throws RangeError for a rectangle that is empty or leaves the crop window.
 */
export function resolve(film: FilmPlanes, outputs?: readonly OutputName[], rect?: PixelRect): ResolvedImage {
  const area = rect ?? film.spec.cropWindow;
  if (isEmpty(area) || !contains(film.spec.cropWindow, area)) throw new RangeError("rectangle outside the crop window");
  const channels = filmChannels(film.spec).flatMap(({ output, channel, op }, plane) => {
    if (outputs !== undefined && !outputs.includes(output)) return [];
    const values = op === "sum" ? means(film, film.planes[plane], area) : copied(film, film.planes[plane], area);
    return [{ output, channel, values }];
  });
  return { rect: area, channels };
}

/** Samples per pixel over `rect`: the `samples` picture. */
export function resolveCounts(film: FilmPlanes, rect?: PixelRect): Float32Array {
  return copied(film, film.counts, rect ?? film.spec.cropWindow);
}

/** The values of one channel; undefined where the image lacks it. */
export function channelOf(image: ResolvedImage, output: OutputName, channel: string): Float32Array | undefined {
  return image.channels.find((one) => one.output === output && one.channel === channel)?.values;
}

/** Scaling by 2⁻²⁴ is exact, so each value is rounded by the division and by its narrowing to float32, no more. */
function means(film: FilmPlanes, sums: ArrayLike<number>, rect: PixelRect): Float32Array {
  const values = new Float32Array(areaPx(rect));
  eachRow(film, rect, (source, target, length) => {
    for (let i = 0; i < length; i++) {
      const count = film.counts[source + i];
      if (count > 0) values[target + i] = sums[source + i] / quantumsPerUnit / count;
    }
  });
  return values;
}

function copied(film: FilmPlanes, from: ArrayLike<number>, rect: PixelRect): Float32Array {
  const values = new Float32Array(areaPx(rect));
  eachRow(film, rect, (source, target, length) => {
    for (let i = 0; i < length; i++) values[target + i] = from[source + i];
  });
  return values;
}

function eachRow(
  film: FilmPlanes,
  rect: PixelRect,
  row: (source: number, target: number, length: number) => void,
): void {
  const crop = film.spec.cropWindow;
  const length = widthPx(rect);
  for (let y = rect.y0; y < rect.y1; y++) {
    row((y - crop.y0) * widthPx(crop) + rect.x0 - crop.x0, (y - rect.y0) * length, length);
  }
}
