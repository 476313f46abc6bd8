// Which value of a coarse grid each pixel takes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueGrid, valuePlaces } from "../../../proto/value-grid.ts";

describe("a value for every so many pixels", () => {
  it("16 × 9 pixels beside the corner -> the multiples inside; stride one -> each pixel", () => {
    const rect = { x0: 1, y0: 8, x1: 17, y1: 17 };
    expect(valueGrid(rect, 8)).toEqual({ columnCount: 2, rowCount: 2 });
    expect(valueGrid(rect, 1)).toEqual({ columnCount: 16, rowCount: 9 });
  });

  it("before the first multiple -> the first one's; from each multiple on its own", () => {
    expect([...valuePlaces(5, 5, 13, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it("a part of a rectangle -> the places that its pixels have in all of it, none beyond the grid", () => {
    const spans = fc.tuple(fc.nat(40), fc.integer({ min: 8, max: 60 }), fc.nat(7), fc.constantFrom(1, 3, 8));
    fc.assert(
      fc.property(spans, ([begin, length, skippedCount, stridePx]) => {
        const all = valuePlaces(begin, begin, length, stridePx);
        const part = valuePlaces(begin, begin + skippedCount, length - skippedCount, stridePx);
        expect([...part]).toEqual([...all.subarray(skippedCount)]);
        const { columnCount } = valueGrid({ x0: begin, y0: 0, x1: begin + length, y1: 1 }, stridePx);
        expect(Math.max(...all)).toBe(columnCount - 1);
      }),
    );
  });
});
