// How one plane of a tile is written in a checkpoint: the shortest form that is exact (checkpoint.proto). Pure.
//
// Not compressed: sums are noise below their first bits. Measured on a picture of 16 to 128 samples per pixel, after
// these encodings: deflate at level 1 takes another 10 to 19 % off at 36 MB/s, Brotli at 1 another 8 to 18 % at 120.
import { type FilmChannel, type FilmSpec, quantumsPerUnit, sampleClampLimit } from "../../proto/film-spec.ts";
import { TilePlaneEncoding as Encoding } from "../../proto/gen/arras/v1/checkpoint_pb.ts";
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
  if (plane instanceof Float32Array) return isConstant(plane, place) ? Encoding.CONSTANT : Encoding.FLOAT32;
  const { least, most } = range(plane, place);
  if (least === most) return Encoding.CONSTANT;
  const fits = (bits: number) => least >= -(2 ** (bits - 1)) && most < 2 ** (bits - 1);
  if (fits(32)) return Encoding.INT32;
  if (fits(40)) return Encoding.INT40;
  return fits(48) ? Encoding.INT48 : Encoding.FLOAT64;
}

/** `offset`: a multiple of 8 where `tilePlaneSizeBytes` bytes are free. */
export function writeTilePlane(
  plane: Plane,
  place: Placement,
  encoding: Encoding,
  target: ArrayBuffer,
  offset: number,
): void {
  const pixelCount = place.widthPx * place.heightPx;
  if (encoding === Encoding.CONSTANT) {
    new Float64Array(target, offset, 1)[0] = plane[place.offset];
  } else if (encoding === Encoding.INT40 || encoding === Encoding.INT48) {
    const { low, high } = splitViews(encoding, target, offset, pixelCount);
    copySplit(plane as Float64Array, place, low, high);
  } else {
    copyRows(plane, place, plainView(encoding, target, offset, pixelCount));
  }
  const end = encoding === Encoding.CONSTANT ? 8 : bytesPerPixel[encoding]! * pixelCount;
  new Uint8Array(target, offset + end, tilePlaneSizeBytes(encoding, pixelCount)! - end).fill(0);
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
  if (encoding !== Encoding.CONSTANT && isSum === (encoding === Encoding.FLOAT32)) return false;
  const pixelCount = place.widthPx * place.heightPx;
  if (encoding === Encoding.INT40 || encoding === Encoding.INT48) {
    const { low, high } = splitViews(encoding, source, offset, pixelCount);
    pasteSplit(plane as Float64Array, place, low, high);
    const isAlwaysSum = 2 ** (encoding === Encoding.INT40 ? 39 : 47) <= bounds.sumMax;
    return isAlwaysSum || high.every((top, at) => Math.abs(top * two32 + low[at]) <= bounds.sumMax);
  }
  const values = plainView(encoding, source, offset, encoding === Encoding.CONSTANT ? 1 : pixelCount);
  if (encoding === Encoding.CONSTANT) fillRows(plane, place, values[0]);
  else pasteRows(plane, place, values);
  // Every int32 is a possible sum: the limit for one sample is above 2³².
  if (values instanceof Int32Array) return true;
  if (isSum) return areSums(values as Float64Array, bounds.sumMax);
  const isExact = encoding === Encoding.FLOAT32 || Math.fround(values[0]) === values[0];
  return isExact && (bounds.channel.op === "min" ? areDepths(values) : areFinite(values));
}

function plainView(encoding: Encoding, bytes: ArrayBuffer, offset: number, pixelCount: number) {
  if (encoding === Encoding.INT32) return new Int32Array(bytes, offset, pixelCount);
  if (encoding === Encoding.FLOAT32) return new Float32Array(bytes, offset, pixelCount);
  return new Float64Array(bytes, offset, pixelCount);
}

function splitViews(encoding: Encoding, bytes: ArrayBuffer, offset: number, pixelCount: number) {
  const low = new Uint32Array(bytes, offset, pixelCount);
  const highOffset = offset + 4 * pixelCount;
  const high =
    encoding === Encoding.INT40
      ? new Int8Array(bytes, highOffset, pixelCount)
      : new Int16Array(bytes, highOffset, pixelCount);
  return { low, high };
}

type Values = Int32Array | Float32Array | Float64Array;

function copyRows(plane: Plane, place: Placement, values: Values): void {
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    const to = y * place.widthPx;
    // `set` converts too; from a plane of the same type it is a plain copy.
    values.set(plane.subarray(row, row + place.widthPx), to);
  }
}

function pasteRows(plane: Plane, place: Placement, values: Values): void {
  for (let y = 0; y < place.heightPx; y++) {
    const from = y * place.widthPx;
    const row = place.offset + y * place.stridePx;
    for (let x = 0; x < place.widthPx; x++) plane[row + x] = values[from + x];
  }
}

function fillRows(plane: Plane, place: Placement, value: number): void {
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    plane.fill(value, row, row + place.widthPx);
  }
}

const two32 = 2 ** 32;

function copySplit(plane: Float64Array, place: Placement, low: Uint32Array, high: Int8Array | Int16Array): void {
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    const to = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) {
      const value = plane[row + x];
      const top = Math.floor(value / two32);
      high[to + x] = top;
      low[to + x] = value - top * two32;
    }
  }
}

function pasteSplit(plane: Float64Array, place: Placement, low: Uint32Array, high: Int8Array | Int16Array): void {
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    const from = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) plane[row + x] = high[from + x] * two32 + low[from + x];
  }
}

function range(plane: Float64Array, place: Placement): { readonly least: number; readonly most: number } {
  let least = plane[place.offset];
  let most = least;
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    for (let at = row; at < row + place.widthPx; at++) {
      const value = plane[at];
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return { least, most };
}

function isConstant(plane: Float32Array, place: Placement): boolean {
  const first = plane[place.offset];
  for (let y = 0; y < place.heightPx; y++) {
    const row = place.offset + y * place.stridePx;
    for (let at = row; at < row + place.widthPx; at++) if (plane[at] !== first) return false;
  }
  return true;
}

// Comparisons are written so that NaN fails them.

function areSums(values: Float64Array, sumMax: number): boolean {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!(Math.abs(value) <= sumMax && Math.trunc(value) === value)) return false;
  }
  return true;
}

/** Depth may be +∞: nothing was hit. */
function areDepths(values: Float32Array | Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (!(values[at] > Number.NEGATIVE_INFINITY)) return false;
  return true;
}

function areFinite(values: Float32Array | Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}
