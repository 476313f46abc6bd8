// Film sums → image: the mean of every `sum` channel, `min` and `closest` as they are. For the whole crop window or for
// any rectangle inside it (a tile of a preview). Normals are means too, hence shorter than 1 where they vary.
import { filmChannels, quantumsPerUnit } from "../proto/film-spec.ts";
import type { OutputName } from "../proto/outputs.ts";
import { areaPx, contains, heightPx, isEmpty, type PixelRect, widthPx } from "../proto/rect.ts";
import { filmAddon } from "./film-addon.ts";
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
  const channels = filmChannels(film.spec).flatMap(({ output, channel }, plane) => {
    if (outputs !== undefined && !outputs.includes(output)) return [];
    const from = film.planes[plane];
    const values = from instanceof Float64Array ? means(film, from, area) : copied(film, from, area);
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
function means(film: FilmPlanes, sums: Float64Array, rect: PixelRect): Float32Array {
  const { cropWindow } = film.spec;
  const values = new Float32Array(areaPx(rect));
  const [offset, stridePx] = [rowStart(film, rect, rect.y0), widthPx(cropWindow)];
  filmAddon().means(sums, offset, stridePx, widthPx(rect), heightPx(rect), film.counts, 1 / quantumsPerUnit, values);
  return values;
}

function copied(film: FilmPlanes, from: Float32Array | Uint32Array, rect: PixelRect): Float32Array {
  const values = new Float32Array(areaPx(rect));
  for (let y = rect.y0; y < rect.y1; y++) {
    const source = rowStart(film, rect, y);
    values.set(from.subarray(source, source + widthPx(rect)), (y - rect.y0) * widthPx(rect));
  }
  return values;
}

/** Where the rectangle's part of row `y` begins in the film's planes. */
function rowStart({ spec: { cropWindow } }: FilmPlanes, rect: PixelRect, y: number): number {
  return (y - cropWindow.y0) * widthPx(cropWindow) + rect.x0 - cropWindow.x0;
}
