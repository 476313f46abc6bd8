// The spreading of coarse tiles: every eighth pixel's value for all pixels after it.
import { valuePlaces } from "../../proto/value-grid.ts";
import type { HalfTile } from "./half-tile.ts";

export interface TileRect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Each pixel gets the value at the multiple of `stridePx` at or before it; what lies before the first one, the first
 * one's. `tile` has the values of valueGrid.
 */
export function spread(tile: HalfTile, rect: TileRect, stridePx: number): HalfTile {
  if (stridePx === 1) return tile;
  const [widthPx, heightPx] = [rect.x1 - rect.x0, rect.y1 - rect.y0];
  const pixels = new Uint16Array(4 * widthPx * heightPx);
  const columns = valuePlaces(rect.x0, rect.x0, widthPx, stridePx);
  const rows = valuePlaces(rect.y0, rect.y0, heightPx, stridePx);
  for (let y = 0; y < heightPx; y++) {
    const at = 4 * widthPx * y;
    const row = rows[y] ?? 0;
    // Most rows are as the one before: a whole picture comes at once.
    if (y > 0 && row === rows[y - 1]) pixels.copyWithin(at, at - 4 * widthPx, at);
    else spreadRow(pixels.subarray(at, at + 4 * widthPx), tile.pixels.subarray(4 * tile.widthPx * row), columns);
  }
  return { widthPx, heightPx, pixels };
}

function spreadRow(to: Uint16Array, from: Uint16Array, columns: Int32Array): void {
  for (let x = 0; x < columns.length; x++) {
    const value = 4 * (columns[x] ?? 0);
    for (let channel = 0; channel < 4; channel++) to[4 * x + channel] = from[value + channel] ?? 0;
  }
}
