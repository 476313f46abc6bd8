// How large a film is in a terminal: its shape is kept, it is never enlarged, and lines of text have room below. Pure.
import { limits } from "../../../proto/limits.ts";
import type { Cell, Graphics } from "./raster.ts";
import { sixelRows } from "./sixel.ts";

export interface LayoutSpace {
  readonly graphics: Graphics;
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
  readonly cell: Cell;
  readonly film: { readonly widthPx: number; readonly heightPx: number };
}

export interface PictureLayout {
  /** Of the picture that is sent. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Cells that it covers. */
  readonly columns: number;
  readonly rows: number;
}

/** The progress line, and one of what was before. */
const rowsKept = 2;

/** undefined: the terminal is too small. */
export function pictureLayout({ graphics, columns, rows, cell, film }: LayoutSpace): PictureLayout | undefined {
  // A character in the last column would leave the cursor between two lines.
  const [columnsMax, rowsMax] = [columns - 1, rows - rowsKept];
  if (columnsMax < 1 || rowsMax < 1) return undefined;
  const fit = Math.min((columnsMax * cell.widthPx) / film.widthPx, (rowsMax * cell.heightPx) / film.heightPx);
  if (graphics === "blocks") {
    // A pixel is half of a cell.
    const pixel = { widthPx: cell.widthPx, heightPx: cell.heightPx / 2 };
    const scale = Math.min(fit, pixel.widthPx, pixel.heightPx);
    const widthPx = Math.max(1, Math.round((film.widthPx * scale) / pixel.widthPx));
    const heightPx = Math.max(1, Math.round((film.heightPx * scale) / pixel.heightPx));
    return { widthPx, heightPx, columns: widthPx, rows: Math.ceil(heightPx / 2) };
  }
  const scale = Math.min(fit, 1, limits.terminalPictureSidePxMax / Math.max(film.widthPx, film.heightPx));
  const widthPx = Math.max(1, Math.floor(film.widthPx * scale));
  const whole = Math.max(1, Math.floor(film.heightPx * scale));
  // A last band that is not full would be drawn beyond the rows that are free, and some terminals would scroll.
  const isCut = graphics === "sixel" && whole >= sixelRows;
  const heightPx = isCut ? whole - (whole % sixelRows) : whole;
  return {
    widthPx,
    heightPx,
    columns: Math.ceil(widthPx / cell.widthPx),
    rows: Math.ceil(heightPx / cell.heightPx),
  };
}
