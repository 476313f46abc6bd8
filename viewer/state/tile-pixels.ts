// Where a preview tile's values lie, and the spreading of coarse ones: every eighth pixel's value for all pixels after it.
import type { HalfTile } from "./half-tile.ts";

export interface TileRect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** How many values `rect` has at that stride: those of pixels whose x and y are multiples of it. */
export function valueGrid({ x0, y0, x1, y1 }: TileRect, stridePx: number): { columns: number; rows: number } {
  const count = (from: number, to: number) => Math.ceil(to / stridePx) - Math.ceil(from / stridePx);
  return { columns: count(x0, x1), rows: count(y0, y1) };
}

/**
 * Each pixel gets the value at the multiple of `stridePx` at or before it; what lies before the first one, the first
 * one's. `tile` has the values of valueGrid.
 */
export function spread(tile: HalfTile, rect: TileRect, stridePx: number): HalfTile {
  if (stridePx === 1) return tile;
  const [widthPx, heightPx] = [rect.x1 - rect.x0, rect.y1 - rect.y0];
  const pixels = new Uint16Array(4 * widthPx * heightPx);
  const place = (at: number, from: number) => Math.max(0, Math.floor(at / stridePx) - Math.ceil(from / stridePx));
  for (let y = 0; y < heightPx; y++) {
    const row = tile.widthPx * place(rect.y0 + y, rect.y0);
    for (let x = 0; x < widthPx; x++) {
      const value = 4 * (row + place(rect.x0 + x, rect.x0));
      for (let channel = 0; channel < 4; channel++)
        pixels[4 * (y * widthPx + x) + channel] = tile.pixels[value + channel] ?? 0;
    }
  }
  return { widthPx, heightPx, pixels };
}
