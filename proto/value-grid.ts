// A value for every so many pixels: how many there are, and which of them each pixel is shown with. Pure.
import type { PixelRect } from "./rect.ts";

export interface ValueGrid {
  readonly columnCount: number;
  readonly rowCount: number;
}

/** Of the pixels of `rect` those whose x and y are multiples of `stridePx`, counted from the display window's corner. */
export function valueGrid({ x0, y0, x1, y1 }: PixelRect, stridePx: number): ValueGrid {
  const count = (begin: number, end: number) => Math.ceil(end / stridePx) - Math.ceil(begin / stridePx);
  return { columnCount: count(x0, x1), rowCount: count(y0, y1) };
}

/**
 * For each of `length` columns (rows) from `first` on, the column (row) of the grid whose values it takes: that at the
 * multiple of `stridePx` at or before it, or the first. The grid's rectangle begins at `begin`.
 */
export function valuePlaces(begin: number, first: number, length: number, stridePx: number): Int32Array {
  const start = Math.ceil(begin / stridePx);
  return Int32Array.from({ length }, (_, at) => Math.max(0, Math.floor((first + at) / stridePx) - start));
}
