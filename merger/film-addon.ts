// Loads build/film.node once and types its functions (native/addon.cc). They check what they write to, no more.
import { nativeAddon } from "../host/native-addon.ts";

interface FilmAddon {
  /**
   * Adds to the rectangle that begins at `film[offset]`, `stridePx` from row to row. `values`: little-endian int32, one a
   * pixel, at any offset. Throws RangeError, with nothing added, where that does not fit.
   */
  addInt32(
    film: Float64Array,
    offset: number,
    stridePx: number,
    widthPx: number,
    heightPx: number,
    values: Uint8Array,
  ): void;
  /** As `addInt32`, with the same count everywhere; wraps, so that a negative one takes samples out. */
  addCount(
    counts: Uint32Array,
    offset: number,
    stridePx: number,
    widthPx: number,
    heightPx: number,
    count: number,
  ): void;
  /** Of the rectangle, `sums` times `scale` by `counts`, which are of the whole film as `sums` are; 0 where none is. */
  means(
    sums: Float64Array,
    offset: number,
    stridePx: number,
    widthPx: number,
    heightPx: number,
    counts: Uint32Array,
    scale: number,
    values: Float32Array,
  ): void;
  /** `values` as half floats: low bytes from `bytes[at]` on, high bytes half of `bytes` further. */
  splitHalves(values: Float32Array, bytes: Uint8Array, at: number): void;
}

let loaded: FilmAddon | undefined;

/** Throws `internal` when the addon was not built. */
export function filmAddon(): FilmAddon {
  loaded ??= nativeAddon<FilmAddon>("film", "the film's addon");
  return loaded;
}
