// What an OpenEXR file holds, as plain values: parts, channels, attributes. Only shapes, so that pure code can lay a
// file out (merger/exr-layout.ts) without loading the addon.
import type { PixelRect } from "../../proto/rect.ts";

/** Lossless: none, rle, zips, zip, piz. Lossy: pxr24 (float to 24 bits), b44 and b44a (half), dwaa and dwab. */
export const exrCompressions = ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"] as const;
export type ExrCompression = (typeof exrCompressions)[number];

export interface ExrChannel {
  /** `R`, or `albedo.R` in a layered file. */
  readonly name: string;
  /** half and float come from a Float32Array, uint from a Uint32Array. */
  readonly type: "half" | "float" | "uint";
  /** Pixels of the data window, rows top to bottom. */
  readonly values: Float32Array | Uint32Array;
  /** Where the first pixel lies in `values`, and how far apart neighbours are: 0 and 1 for a plane of its own. */
  readonly offset?: number;
  readonly stride?: number;
}

/** `m44f`: 16 numbers as Imath holds them, for row vectors; the memory of a column-major matrix for column vectors. */
export type ExrAttribute = { readonly name: string } & (
  | { readonly t: "string"; readonly value: string }
  | { readonly t: "int" | "float" | "double"; readonly value: number }
  | { readonly t: "v2i" | "v2f" | "v3f" | "m44f"; readonly value: readonly number[] }
  /** x and y of red, green, blue and white. */
  | { readonly t: "chromaticities"; readonly value: readonly number[] }
);

export type ExrStorage = { readonly t: "scanline" } | { readonly t: "tiled"; readonly tileSizePx: number };

export interface ExrPart {
  /** Unique in its file; may be empty in a file of one part. */
  readonly name: string;
  readonly dataWindow: PixelRect;
  /** The same in all parts of a file, as are `pixelAspectRatio` and chromaticities (OpenEXR's shared attributes). */
  readonly displayWindow: PixelRect;
  readonly storage: ExrStorage;
  readonly compression: ExrCompression;
  /** DWA's error scale; 45 when absent. */
  readonly dwaLevel?: number;
  readonly pixelAspectRatio?: number;
  readonly channels: readonly ExrChannel[];
  readonly attributes: readonly ExrAttribute[];
}
