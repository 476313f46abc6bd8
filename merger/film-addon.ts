// Loads build/film.node once and types its functions (native/addon.cc). They check what they write to, no more.
import { nativeAddon } from "../host/native-addon.ts";

/** It begins at `plane[offset]`, `stridePx` from row to row. */
type Rectangle = [offset: number, stridePx: number, widthPx: number, heightPx: number];

/** A plane's rectangle, and as many bytes as its pixels need. */
type PackedPlane = [plane: Float64Array | Float32Array, ...Rectangle, bytesPerPixel: number, bytes: Uint8Array];

interface FilmAddon {
  /**
   * Adds to the rectangle of `film`. `values`: little-endian int32, one a pixel, at any offset. Throws
   * RangeError, with nothing added, where that does not fit.
   */
  addInt32(film: Float64Array, ...rectangleAndValues: [...Rectangle, values: Uint8Array]): void;
  /** As `addInt32`, one value a pixel. */
  addFloat64(film: Float64Array, ...rectangleAndValues: [...Rectangle, values: Float64Array]): void;
  /** As `addInt32`, with the same value everywhere. */
  addConstant(film: Float64Array, ...rectangleAndValue: [...Rectangle, value: number]): void;
  /** As `addInt32`, with the same count everywhere; wraps, so that a negative one takes samples out. */
  addCount(counts: Uint32Array, ...rectangleAndCount: [...Rectangle, count: number]): void;
  /** Of the rectangle, `sums` times `scale` by `counts`, which are of the whole film as `sums` are; 0 where none is. */
  means(
    sums: Float64Array,
    ...rectangleAndRest: [...Rectangle, counts: Uint32Array, scale: number, values: Float32Array]
  ): void;
  /** As `splitHalves` of what `means` gives. */
  meansAsHalves(
    sums: Float64Array,
    ...rectangleAndRest: [...Rectangle, counts: Uint32Array, scale: number, bytes: Uint8Array, at: number]
  ): void;
  /**
   * `bytes` as one last block of raw deflate, from `deflated[at]` on: bytes that come in runs, and of which few are
   * frequent. Returns where it ends; 0: it does not fit, with `deflateRunsSpareSizeBytes` behind it, and nothing is written.
   */
  deflateRuns(bytes: Uint8Array, deflated: Uint8Array, at: number): number;
  /** `values` as half floats: low bytes from `bytes[at]` on, high bytes half of `bytes` further. */
  splitHalves(values: Float32Array, bytes: Uint8Array, at: number): void;
  /** The plane's values from `begin` on, −0 as +0. Throws RangeError where they are not all of `values`' type and there. */
  withoutMinusZero(plane: Float64Array | Float32Array, begin: number, values: Float64Array | Float32Array): void;
  /** Three numbers into `result`; throws RangeError where there are no counts. */
  leastMostAndSum(counts: Uint32Array, result: Float64Array): void;
  /** For memory that was not touched yet: the system may give it in pages of 2 MiB. Whether it does is its own matter. */
  wishLargePages(memory: ArrayBuffer): void;
  /** The least and the greatest value of the rectangle into `leastAndMost`; there is no NaN. */
  extent(sums: Float64Array, ...rectangleAndRest: [...Rectangle, leastAndMost: Float64Array]): void;
  /** All values of the rectangle are equal. */
  isConstant(plane: Float32Array, ...rectangle: Rectangle): boolean;
  /**
   * The rectangle's values row by row, little-endian, `bytesPerPixel` each, which they must fit. Of sums, 4: int32; 5, 6: the
   * low 32 bits of all, then the high 8 or 16 of all; 8: float64. Of others, 4: float32.
   */
  packPlane(...packed: PackedPlane): void;
  /**
   * The inverse of `packPlane`. False where a value is not in [`least`, `most`]; it is in the rectangle all the same. With
   * both infinite, values are not looked at.
   */
  unpackPlane(...packedAndBounds: [...PackedPlane, least: number, most: number]): boolean;
}

/** So many bytes behind what `deflateRuns` makes may be written over. */
export const deflateRunsSpareSizeBytes = 8;

let loaded: FilmAddon | undefined;

/** Throws `internal` when the addon was not built. */
export function filmAddon(): FilmAddon {
  loaded ??= nativeAddon<FilmAddon>("film", "the film's addon");
  return loaded;
}
