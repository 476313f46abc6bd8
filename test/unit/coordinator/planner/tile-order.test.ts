// evenTileOrder: a permutation whose every beginning covers the frame.
import { describe, expect, it } from "vitest";
import { evenTileOrder } from "../../../../coordinator/planner/tile-order.ts";

/** Chebyshev distance in tiles from each tile to the nearest of the first `count`, at its largest. */
function largestGap(order: readonly number[], columnCount: number, rowCount: number, count: number): number {
  let largest = 0;
  const first = order.slice(0, count);
  for (let y = 0; y < rowCount; y++) {
    for (let x = 0; x < columnCount; x++) {
      let nearest = Number.POSITIVE_INFINITY;
      for (const tile of first) {
        const distance = Math.max(Math.abs(x - (tile % columnCount)), Math.abs(y - Math.floor(tile / columnCount)));
        nearest = Math.min(nearest, distance);
      }
      largest = Math.max(largest, nearest);
    }
  }
  return largest;
}

const frames = [
  [1, 1],
  [1, 7],
  [2, 1],
  [5, 5],
  [16, 16],
  [30, 17],
  [60, 34],
  [64, 3],
] as const;

describe("evenTileOrder", () => {
  it.each(frames)("%d × %d tiles -> each exactly once", (columnCount, rowCount) => {
    const order = evenTileOrder(columnCount, rowCount);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: columnCount * rowCount }, (_, at) => at));
  });

  it.each(frames)(
    "%d × %d tiles -> after k of them no tile is further than 2·√(tiles ÷ k) + 1 from one",
    (columnCount, rowCount) => {
      const order = evenTileOrder(columnCount, rowCount);
      for (let count = 4; count <= order.length; count = Math.ceil(count * 1.5)) {
        const bound = 2 * Math.sqrt(order.length / count) + 1;
        expect(largestGap(order, columnCount, rowCount, count)).toBeLessThanOrEqual(
          Math.max(bound, (2 * Math.max(columnCount, rowCount)) / count),
        );
      }
    },
  );

  it("30 × 17 tiles after an eighth -> far more even than row by row", () => {
    const order = evenTileOrder(30, 17);
    const rows = Array.from({ length: 510 }, (_, at) => at);
    expect(largestGap(order, 30, 17, 64)).toBeLessThanOrEqual(4);
    expect(largestGap(rows, 30, 17, 64)).toBeGreaterThan(12);
  });
});
