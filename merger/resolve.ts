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

/** The means of a plane of sums over `rect`, not reckoned yet: the film may go on until they are. */
export interface PlaneMeans {
  readonly film: FilmPlanes;
  readonly sums: Float64Array;
  readonly rect: PixelRect;
  /** Pixels of `rect`. */
  readonly length: number;
}

/**
 * The channels of `outputs` (all of the film's when absent) over `rect` (the crop window when absent). Pixels without
 * samples are 0, in `min` outputs +∞. Throws RangeError for a rectangle that is empty or leaves the crop window.
 */
export function resolve(film: FilmPlanes, outputs?: readonly OutputName[], rect?: PixelRect): ResolvedImage {
  const area = rect ?? film.spec.cropWindow;
  const channels = unresolved(film, outputs, area).map(({ plane, ...channel }) => ({
    ...channel,
    values: plane instanceof Float32Array ? plane : means(plane),
  }));
  return { rect: area, channels };
}

/** As `resolve`, without reckoning. */
export function unresolved(film: FilmPlanes, outputs: readonly OutputName[] | undefined, rect: PixelRect) {
  if (isEmpty(rect) || !contains(film.spec.cropWindow, rect)) throw new RangeError("rectangle outside the crop window");
  const length = areaPx(rect);
  return filmChannels(film.spec).flatMap(({ output, channel }, index) => {
    if (outputs !== undefined && !outputs.includes(output)) return [];
    const from = film.planes[index];
    const plane: Float32Array | PlaneMeans =
      from instanceof Float64Array ? { film, sums: from, rect, length } : copied(film, from, rect);
    return [{ output, channel, plane }];
  });
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
export function means({ film, sums, rect, length }: PlaneMeans): Float32Array {
  const values = new Float32Array(length);
  filmAddon().means(sums, ...rectangleOf(film, rect), film.counts, 1 / quantumsPerUnit, values);
  return values;
}

/** `means` as half floats: low bytes from `bytes[at]` on, high bytes half of `bytes` further. */
export function meansAsHalves({ film, sums, rect }: PlaneMeans, bytes: Uint8Array, at: number): void {
  filmAddon().meansAsHalves(sums, ...rectangleOf(film, rect), film.counts, 1 / quantumsPerUnit, bytes, at);
}

/** Of the film's planes: offset, stridePx, widthPx, heightPx. */
function rectangleOf(film: FilmPlanes, rect: PixelRect): [number, number, number, number] {
  return [rowStart(film, rect, rect.y0), widthPx(film.spec.cropWindow), widthPx(rect), heightPx(rect)];
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
