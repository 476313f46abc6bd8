// The film's contents as plain arrays: what `film.ts` holds and resolve, hash, checkpoint and error estimate read.
// Only a shape; nothing here owns or changes it.
import type { FilmSpec } from "../proto/film-spec.ts";

/** Rows top to bottom, pixels of `spec.cropWindow`: index (y − y0) · width + (x − x0). */
export interface FilmPlanes {
  readonly spec: FilmSpec;
  /** Samples merged per pixel. */
  readonly counts: Uint32Array;
  /**
   * In the order of `filmChannels(spec)`. Float64Array for op `sum`: exact integers in units of 2⁻²⁴. Float32Array
   * for `min` (+∞ where nothing came) and `closest` (0 where nothing came).
   */
  readonly planes: readonly (Float64Array | Float32Array)[];
}
