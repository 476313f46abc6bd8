// How the crop window is cut into tiles. Tiles are aligned to the display window's origin, so that a tile's pixels do
// not depend on the crop; those at the edge are clipped. Tiles are numbered row by row from the top left.
import { heightPx, intersection, type PixelRect, sameRect, widthPx } from "./rect.ts";

export interface Tiling {
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  readonly columnCount: number;
  readonly rowCount: number;
  readonly tileCount: number;
}

export function tilingOf(cropWindow: PixelRect, tileSizePx: number): Tiling {
  const columnCount = Math.ceil(cropWindow.x1 / tileSizePx) - Math.floor(cropWindow.x0 / tileSizePx);
  const rowCount = Math.ceil(cropWindow.y1 / tileSizePx) - Math.floor(cropWindow.y0 / tileSizePx);
  return { cropWindow, tileSizePx, columnCount, rowCount, tileCount: columnCount * rowCount };
}

export function tileRect(tiling: Tiling, tileIndex: number): PixelRect {
  const size = tiling.tileSizePx;
  const column = (tileIndex % tiling.columnCount) + Math.floor(tiling.cropWindow.x0 / size);
  const row = Math.floor(tileIndex / tiling.columnCount) + Math.floor(tiling.cropWindow.y0 / size);
  const whole = { x0: column * size, y0: row * size, x1: (column + 1) * size, y1: (row + 1) * size };
  return intersection(whole, tiling.cropWindow);
}

/** The tiles that `rect` consists of, row by row; undefined where it cuts one, or leaves the crop window. */
export function wholeTiles(tiling: Tiling, rect: PixelRect): number[] | undefined {
  const size = tiling.tileSizePx;
  const { cropWindow, columnCount } = tiling;
  const first = { column: Math.floor(rect.x0 / size), row: Math.floor(rect.y0 / size) };
  const end = { column: Math.ceil(rect.x1 / size), row: Math.ceil(rect.y1 / size) };
  const whole = { x0: first.column * size, y0: first.row * size, x1: end.column * size, y1: end.row * size };
  if (!sameRect(intersection(whole, cropWindow), rect)) return undefined;
  const offset = { column: Math.floor(cropWindow.x0 / size), row: Math.floor(cropWindow.y0 / size) };
  const indices: number[] = [];
  for (let row = first.row; row < end.row; row++) {
    for (let column = first.column; column < end.column; column++)
      indices.push((row - offset.row) * columnCount + column - offset.column);
  }
  return indices;
}

/** Quarters (or halves, where one side is a single pixel) that cover `rect`; the cut that bisection and ledger share. */
export function quarters(rect: PixelRect): PixelRect[] {
  const xMid = rect.x0 + Math.ceil(widthPx(rect) / 2);
  const yMid = rect.y0 + Math.ceil(heightPx(rect) / 2);
  return [
    { x0: rect.x0, y0: rect.y0, x1: xMid, y1: yMid },
    { x0: xMid, y0: rect.y0, x1: rect.x1, y1: yMid },
    { x0: rect.x0, y0: yMid, x1: xMid, y1: rect.y1 },
    { x0: xMid, y0: yMid, x1: rect.x1, y1: rect.y1 },
  ].filter((part) => part.x0 < part.x1 && part.y0 < part.y1);
}
