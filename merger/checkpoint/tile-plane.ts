// How one plane of a tile is written in a checkpoint: the shortest form that is exact (checkpoint.proto). Pure.
//
// Not compressed: sums are noise below their first bits. Measured on a picture of 16 to 128 samples per pixel, after
// these encodings: deflate at level 1 takes another 10 to 19 % off at 36 MB/s, Brotli at 1 another 8 to 18 % at 120.
import { type FilmChannel, type FilmSpec, quantumsPerUnit, sampleClampLimit } from "../../proto/film-spec.ts";
import { TilePlaneEncoding as Encoding } from "../../proto/gen/arras/v1/checkpoint_pb.ts";
import { filmAddon } from "../film-addon.ts";
import type { Placement } from "../merge-planes.ts";

type Plane = Float64Array | Float32Array;

/** Planes begin at multiples of this, so that they can be read in place. */
export const planeAlignmentBytes = 8;

const bytesPerPixel: Readonly<Partial<Record<Encoding, number>>> = {
  [Encoding.INT32]: 4,
  [Encoding.INT40]: 5,
  [Encoding.INT48]: 6,
  [Encoding.FLOAT64]: 8,
  [Encoding.FLOAT32]: 4,
};

/** Padding included; undefined for an encoding that is none. */
export function tilePlaneSizeBytes(encoding: Encoding, pixelCount: number): number | undefined {
  if (encoding === Encoding.CONSTANT) return 8;
  const bytes = bytesPerPixel[encoding];
  return bytes === undefined ? undefined : Math.ceil((bytes * pixelCount) / planeAlignmentBytes) * planeAlignmentBytes;
}

export function shortestEncoding(plane: Plane, place: Placement): Encoding {
  const rectangle = rectangleOf(place);
  if (plane instanceof Float32Array) {
    return filmAddon().isConstant(plane, ...rectangle) ? Encoding.CONSTANT : Encoding.FLOAT32;
  }
  filmAddon().extent(plane, ...rectangle, leastAndMost);
  const [least, most] = leastAndMost;
  if (least === most) return Encoding.CONSTANT;
  const fits = (bits: number) => least >= -(2 ** (bits - 1)) && most < 2 ** (bits - 1);
  if (fits(32)) return Encoding.INT32;
  if (fits(40)) return Encoding.INT40;
  return fits(48) ? Encoding.INT48 : Encoding.FLOAT64;
}

const leastAndMost = new Float64Array(2);

/** `offset`: a multiple of 8 where `tilePlaneSizeBytes` bytes are free. */
export function writeTilePlane(
  plane: Plane,
  place: Placement,
  encoding: Encoding,
  target: ArrayBuffer,
  offset: number,
): void {
  const pixelCount = place.widthPx * place.heightPx;
  const perPixel = bytesPerPixel[encoding];
  if (perPixel === undefined) {
    new Float64Array(target, offset, 1)[0] = plane[place.offset];
    return;
  }
  const bytes = new Uint8Array(target, offset, tilePlaneSizeBytes(encoding, pixelCount));
  const end = perPixel * pixelCount;
  filmAddon().packPlane(plane, ...rectangleOf(place), perPixel, bytes.subarray(0, end));
  bytes.fill(0, end);
}

/** What a film's planes can hold: whatever else a checkpoint says did not come from a film. */
export interface PlaneBounds {
  readonly channel: FilmChannel;
  /** |sum| of the tile's pixels, units of 2⁻²⁴. */
  readonly sumMax: number;
}

export function planeBounds(spec: FilmSpec, channel: FilmChannel, sampleCountMax: number): PlaneBounds {
  return { channel, sumMax: sampleCountMax * sampleClampLimit(spec.maxSpp) * quantumsPerUnit };
}

/** The inverse of `writeTilePlane`. False where a value is none of this plane's; the plane may have been changed. */
export function readTilePlane(
  plane: Plane,
  place: Placement,
  encoding: Encoding,
  source: ArrayBuffer,
  offset: number,
  bounds: PlaneBounds,
): boolean {
  const isSum = bounds.channel.op === "sum";
  const perPixel = bytesPerPixel[encoding];
  if (perPixel === undefined) {
    const [value] = new Float64Array(source, offset, 1);
    const [least, most] = extremesOf(bounds);
    fillRows(plane, place, value);
    const isExact = isSum ? Number.isInteger(value) : Math.fround(value) === value;
    return isExact && value >= least && value <= most;
  }
  if (isSum === (encoding === Encoding.FLOAT32)) return false;
  const [least, most] = extremesOf(bounds, integerMax[encoding]);
  const bytes = new Uint8Array(source, offset, perPixel * place.widthPx * place.heightPx);
  const isWithin = filmAddon().unpackPlane(plane, ...rectangleOf(place), perPixel, bytes, least, most);
  if (encoding !== Encoding.FLOAT64) return isWithin;
  return isWithin && new Float64Array(source, offset, bytes.byteLength / 8).every(Number.isInteger);
}

/**
 * The least and the greatest value that there may be, as far as float32 goes; infinite where an integer, `greatest` in
 * amount, cannot be beyond. Depth may be +∞: nothing was hit.
 */
function extremesOf({ channel, sumMax }: PlaneBounds, greatest = Number.POSITIVE_INFINITY): readonly [number, number] {
  if (channel.op !== "sum") return [-float32Max, channel.op === "min" ? Number.POSITIVE_INFINITY : float32Max];
  return greatest <= sumMax ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [-sumMax, sumMax];
}

const float32Max = 2 ** 128 - 2 ** 104;

/** No number of it is greater in amount. */
const integerMax: Readonly<Partial<Record<Encoding, number>>> = {
  [Encoding.INT32]: 2 ** 31,
  [Encoding.INT40]: 2 ** 39,
  [Encoding.INT48]: 2 ** 47,
};

function rectangleOf({ offset, stridePx, widthPx, heightPx }: Placement) {
  return [offset, stridePx, widthPx, heightPx] as const;
}

function fillRows(plane: Plane, place: Placement, value: number): void {
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    plane.fill(value, row, row + place.widthPx);
  }
}
