// A picture as terminals take it, and how large it is there.

export interface Raster {
  readonly widthPx: number;
  readonly heightPx: number;
  /** sRGB, 3 bytes a pixel, rows top to bottom. */
  readonly rgb: Uint8Array;
}

/** How a terminal can show one. */
export type Graphics = "kitty" | "sixel" | "blocks";

export interface Cell {
  readonly widthPx: number;
  readonly heightPx: number;
}
