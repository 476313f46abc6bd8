// How one plane of a contribution is written as bytes. Sums (op `sum`) are integers in units of 2⁻²⁴: `int32` where
// all fit, else `float64` (exact: below 2⁵³). Depth, position and id are `float32`. `constant` holds one float64 for
// all pixels, which makes an empty or opaque tile's alpha cost 8 bytes. Little-endian, rows top to bottom.

export type PlaneEncoding = "constant" | "int32" | "float64" | "float32";

export interface WirePlane {
  readonly encoding: PlaneEncoding;
  /** May start at any offset of its ArrayBuffer: copy before viewing it as wider elements. */
  readonly bytes: Uint8Array;
}

const bytesPerValue = { int32: 4, float64: 8, float32: 4 } as const;

/** The length that `bytes` must have for `pixelCount` pixels. */
export function planeSizeBytes(encoding: PlaneEncoding, pixelCount: number): number {
  return encoding === "constant" ? 8 : bytesPerValue[encoding] * pixelCount;
}
