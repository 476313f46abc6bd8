// The inner loops of the film: one contribution's plane into one film plane. Values must have been checked before.
// Sums stay exact because every operand is an integer below 2⁵³.
import { heightPx, type PixelRect, widthPx } from "../proto/rect.ts";
import type { PlaneValues } from "./contribution-reader.ts";
import { filmAddon } from "./film-addon.ts";

/** Where a contribution's rectangle lies in a film plane. */
export interface Placement {
  /** Index of the rectangle's first pixel. */
  readonly offset: number;
  /** Pixels from one film row to the next. */
  readonly stridePx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** `rect`: inside `cropWindow`. */
export function placementOf(cropWindow: PixelRect, rect: PixelRect): Placement {
  const stridePx = widthPx(cropWindow);
  return {
    offset: (rect.y0 - cropWindow.y0) * stridePx + (rect.x0 - cropWindow.x0),
    stridePx,
    widthPx: widthPx(rect),
    heightPx: heightPx(rect),
  };
}

export function addSums(film: Float64Array, place: Placement, plane: PlaneValues): void {
  const { offset, stridePx, widthPx: width, heightPx: height } = place;
  const addon = filmAddon();
  if (plane.t === "int32") addon.addInt32(film, offset, stridePx, width, height, plane.bytes);
  else if (plane.t === "perPixel")
    addon.addFloat64(film, offset, stridePx, width, height, plane.values as Float64Array);
  else if (plane.value !== 0) addon.addConstant(film, offset, stridePx, width, height, plane.value);
}

/** Exactly undoes `addSums`. */
export function subtractSums(film: Float64Array, place: Placement, plane: PlaneValues): void {
  for (let y = 0; y < place.heightPx; y++) {
    const to = place.offset + y * place.stridePx;
    const from = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) film[to + x] -= valueAt(plane, from + x);
  }
}

/** A negative `sampleCount` takes samples out. */
export function addCounts(counts: Uint32Array, place: Placement, sampleCount: number): void {
  const { offset, stridePx, widthPx: width, heightPx: height } = place;
  filmAddon().addCount(counts, offset, stridePx, width, height, sampleCount);
}

/** `+ 0` makes −0 to +0, so that equal depths are equal bits whichever came first. */
export function takeLeast(film: Float32Array, place: Placement, plane: PlaneValues): void {
  for (let y = 0; y < place.heightPx; y++) {
    const to = place.offset + y * place.stridePx;
    const from = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) {
      const value = valueAt(plane, from + x);
      if (value < film[to + x]) film[to + x] = value + 0;
    }
  }
}

export interface ClosestMerge {
  /** Before this contribution: a pixel without samples takes whatever comes. */
  readonly counts: Uint32Array;
  /** Before this contribution's depth was merged. */
  readonly filmDepth: Float32Array;
  readonly depth: PlaneValues;
  /** The channels of one output, in order. */
  readonly film: readonly Float32Array[];
  readonly planes: readonly PlaneValues[];
}

/**
 * The nearest sample's value; at equal depth the lexicographically least. That is the minimum of (depth, value) in a
 * total order, hence commutative, associative and idempotent. Outputs do not look at each other: which others a
 * session asked for changes nothing.
 */
export function takeClosest(merge: ClosestMerge, place: Placement): void {
  for (let y = 0; y < place.heightPx; y++) {
    const to = place.offset + y * place.stridePx;
    const from = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) {
      if (!isCloser(merge, to + x, from + x)) continue;
      for (let channel = 0; channel < merge.film.length; channel++) {
        merge.film[channel][to + x] = valueAt(merge.planes[channel], from + x) + 0;
      }
    }
  }
}

/**
 * True where a pixel's depth in the film may be this contribution's, so that taking it out would leave a wrong one.
 * Where nothing was hit (+∞) nothing is lost: there every sample says the same.
 */
export function holdsLeast(film: Float32Array, place: Placement, plane: PlaneValues, counts: Uint32Array): boolean {
  for (let y = 0; y < place.heightPx; y++) {
    const to = place.offset + y * place.stridePx;
    const from = y * place.widthPx;
    for (let x = 0; x < place.widthPx; x++) {
      const depth = valueAt(plane, from + x);
      if (counts[to + x] > 0 && depth <= film[to + x] && depth < Number.POSITIVE_INFINITY) return true;
    }
  }
  return false;
}

export function valueAt(plane: PlaneValues, at: number): number {
  switch (plane.t) {
    case "constant":
      return plane.value;
    case "int32":
      return int32At(plane.bytes, 4 * at);
    case "perPixel":
      return plane.values[at];
  }
}

function isCloser(merge: ClosestMerge, to: number, from: number): boolean {
  if (merge.counts[to] === 0) return true;
  const depth = valueAt(merge.depth, from);
  if (depth !== merge.filmDepth[to]) return depth < merge.filmDepth[to];
  for (let channel = 0; channel < merge.film.length; channel++) {
    const value = valueAt(merge.planes[channel], from);
    if (value !== merge.film[channel][to]) return value < merge.film[channel][to];
  }
  return false;
}

function int32At(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
