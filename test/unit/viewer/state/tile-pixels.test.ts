// Coarse tiles, spread over their pixels.
import { describe, expect, it } from "vitest";
import { valueGrid } from "../../../../proto/value-grid.ts";
import { spread } from "../../../../viewer/state/tile-pixels.ts";

/** Each value's four channels are its number. */
function values(widthPx: number, heightPx: number) {
  const pixels = Uint16Array.from({ length: 4 * widthPx * heightPx }, (_, at) => at >> 2);
  return { widthPx, heightPx, pixels };
}

describe("a coarse tile", () => {
  it("16 × 8 pixels of stride 8 -> two values, eight columns each", () => {
    const rect = { x0: 64, y0: 32, x1: 80, y1: 40 };
    expect(valueGrid(rect, 8)).toEqual({ columnCount: 2, rowCount: 1 });
    const { pixels, widthPx, heightPx } = spread(values(2, 1), rect, 8);
    expect([widthPx, heightPx]).toEqual([16, 8]);
    const row = Array.from({ length: 16 }, (_, x) => pixels[4 * (16 * 7 + x)]);
    expect(row).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("a tile that begins between two points -> what lies before the first has the first one's", () => {
    const rect = { x0: 5, y0: 3, x1: 18, y1: 9 };
    expect(valueGrid(rect, 8)).toEqual({ columnCount: 2, rowCount: 1 });
    const { pixels } = spread(values(2, 1), rect, 8);
    const row = Array.from({ length: 13 }, (_, x) => pixels[4 * x]);
    expect(row).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it("tiles side by side and below one another in one -> rows and columns of all of them", () => {
    const rect = { x0: 60, y0: 4, x1: 140, y1: 60 };
    const { columnCount: columns, rowCount: rows } = valueGrid(rect, 8);
    const { pixels } = spread(values(columns, rows), rect, 8);
    for (const [x, y] of [
      [60, 4],
      [64, 8],
      [71, 15],
      [72, 16],
      [139, 59],
    ] as const) {
      const value = columns * Math.max(0, Math.floor(y / 8) - 1) + Math.max(0, Math.floor(x / 8) - 8);
      expect(pixels[4 * (80 * (y - 4) + x - 60)]).toBe(value);
    }
  });

  it("stride one -> the same tile", () => {
    const tile = values(3, 2);
    expect(spread(tile, { x0: 0, y0: 0, x1: 3, y1: 2 }, 1)).toBe(tile);
    expect(valueGrid({ x0: 3, y0: 1, x1: 6, y1: 3 }, 1)).toEqual({ columnCount: 3, rowCount: 2 });
  });
});
