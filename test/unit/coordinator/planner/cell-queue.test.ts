// CellQueue: fewest samples first by powers of two, the region's cells first after the first pass.
import { describe, expect, it } from "vitest";
import { CellQueue, levelEnd, levelEndBeyond, levelOf } from "../../../../coordinator/planner/cell-queue.ts";
import { type Cell, newFrame } from "../../../../coordinator/planner/frame.ts";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";

function cells(count: number): Cell[] {
  const cropWindow = { x0: 0, y0: 0, x1: 16 * count, y1: 16 };
  return newFrame(plannerSettings({ cropWindow, tileSizePx: 16, budgetSpp: 64 }), 64).tiles.map(
    (tile) => tile.cells[0],
  );
}

describe("CellQueue", () => {
  it.each([
    [0, 0, 1],
    [1, 1, 2],
    [2, 2, 4],
    [3, 2, 4],
    [4, 3, 8],
    [1023, 10, 1024],
    [1024, 11, 2048],
  ])("%d samples -> level %d, which ends at %d", (cutEnd, level, end) => {
    expect(levelOf(cutEnd)).toBe(level);
    expect(levelEnd(cutEnd)).toBe(end);
  });

  it.each([
    [0, 100, 1],
    [1, 0.5, 2],
    [1, 1, 2],
    [1, 1.1, 4],
    [1, 4, 8],
    [5, 3, 8],
    [5, 4, 16],
    [16, 2, 32],
  ])("%d samples, at least %d more -> up to %d; the first pass is one sample", (cutEnd, sampleCount, end) => {
    expect(levelEndBeyond(cutEnd, sampleCount)).toBe(end);
  });

  it("cells of several levels -> lowest level first, in order within one", () => {
    const [a, b, c, d] = cells(4);
    a.cutEnd = 4;
    b.cutEnd = 1;
    const queue = new CellQueue();
    for (const cell of [a, b, c, d]) queue.push(cell, false);
    expect([queue.take(), queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([c, d, b, a, undefined]);
  });

  it("cells of the region -> first within the first pass, then before all others", () => {
    const [a, b, c, d] = cells(4);
    a.cutEnd = 16;
    b.cutEnd = 1;
    const queue = new CellQueue();
    queue.push(b, false);
    queue.push(c, false);
    queue.push(a, true);
    queue.push(d, true);
    expect(queue.firstPassIsOpen).toBe(true);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([d, c, a, b]);
    expect(queue.isEmpty).toBe(true);
  });

  it("a cell pushed twice, or become a hole -> once, or not at all", () => {
    const [a, b] = cells(2);
    const queue = new CellQueue();
    queue.push(a, false);
    queue.push(a, false);
    queue.push(b, false);
    b.state = "hole";
    expect([queue.take(), queue.take()]).toEqual([a, undefined]);
  });
});
