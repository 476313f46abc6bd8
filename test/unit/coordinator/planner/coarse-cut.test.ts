// The coarse picture in units: every tile is one's own, few tiles in the first ones, blocks as soon as that is known to be
// short.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutCoarse, measureCoarse } from "../../../../coordinator/planner/coarse-cut.ts";
import { farmLoad } from "../../../../coordinator/planner/farm-load.ts";
import { newComputation, type PlannedUnit } from "../../../../coordinator/planner/lease.ts";
import { coarseWantedShareMin, plannerSettings } from "../../../../coordinator/planner/settings.ts";
import { newPlannerState, type PlannerState, requeue, retire } from "../../../../coordinator/planner/state.ts";
import type { PixelRect } from "../../../../proto/rect.ts";
import { tilingOf, wholeTiles } from "../../../../proto/tiling.ts";
import { pixelSampleCount, unitKey } from "../../../../proto/unit.ts";

interface Farm {
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  readonly threadCount: number;
  /** Of a point on one thread; undefined: nobody has measured it. */
  readonly pointMs?: number | undefined;
  readonly region?: PixelRect | undefined;
}

function farmOf({ cropWindow, tileSizePx, threadCount, pointMs, region }: Farm) {
  const state = newPlannerState(plannerSettings({ cropWindow, tileSizePx, budgetSpp: 4 }));
  const computation = newComputation("a", threadCount);
  state.crew.set("a", computation);
  if (region !== undefined) {
    state.region = region;
    requeue(state);
  }
  if (pointMs !== undefined) state.cost.measure(0, 1000, 1000 * pointMs, { speed: 1, variance: 0.01 });
  farmLoad(state);
  return { state, computation };
}

function cutAll(state: PlannerState, computation: ReturnType<typeof newComputation>): PlannedUnit[] {
  const all: PlannedUnit[] = [];
  for (let unit = cutCoarse(state, computation); unit !== undefined; unit = cutCoarse(state, computation))
    all.push(unit);
  return all;
}

const hd = { cropWindow: { x0: 0, y0: 0, x1: 1920, y1: 1080 }, tileSizePx: 64 };
const sizes = (units: readonly PlannedUnit[]) => units.map(({ tiles }) => tiles.length);

describe("coarse units", () => {
  it("nothing is measured -> up to eight tiles each, one where threads are many", () => {
    for (const [threadCount, sizeMax] of [
      [2, 8],
      [512, 1],
    ] as const) {
      const { state, computation } = farmOf({ ...hd, threadCount });
      expect(Math.max(...sizes(cutAll(state, computation)))).toBe(sizeMax);
    }
  });

  it("points are cheap -> little for each thread first, then blocks, small ones towards the end", () => {
    const { state, computation } = farmOf({ ...hd, threadCount: 2, pointMs: 0.005 });
    const units = sizes(cutAll(state, computation));
    expect(Math.max(...units.slice(0, 2))).toBeLessThanOrEqual(12);
    expect(units[2]).toBeGreaterThan(20);
    expect(units.at(-1)).toBeLessThanOrEqual(25);
    expect(units.length).toBeLessThan(30);
  });

  it("points cost next to nothing -> a few large blocks to the end, whatever small ones were cut before", () => {
    const { state, computation } = farmOf({ ...hd, threadCount: 2 });
    for (let unit = 0; unit < 3; unit++) cutCoarse(state, computation);
    state.cost.measure(0, 1000, 0.2, { speed: 1, variance: 0.01 });
    expect(cutAll(state, computation).length).toBeLessThan(6);
  });

  it("points are dear, or threads many -> smaller blocks, or none", () => {
    for (const [threadCount, pointMs, sizeMax] of [
      [2, 0.05, 6],
      [2, 1, 1],
      [40, 0.005, 25],
      [512, 0.5, 1],
    ] as const) {
      const { state, computation } = farmOf({ ...hd, threadCount, pointMs });
      const largest = Math.max(...sizes(cutAll(state, computation)));
      expect(largest).toBeLessThanOrEqual(sizeMax);
      expect(largest).toBeGreaterThan(sizeMax / 3);
    }
  });

  it("any frame, farm and region -> each tile is one unit's, of whole tiles of which most are its own, those of the region first", () => {
    const side = fc.integer({ min: 1, max: 700 });
    const farm = fc.record({
      x0: fc.integer({ min: 0, max: 200 }),
      y0: fc.integer({ min: 0, max: 200 }),
      widthPx: side,
      heightPx: side,
      tileSizePx: fc.constantFrom(16, 64, 128),
      threadCount: fc.integer({ min: 1, max: 40 }),
      pointMs: fc.constantFrom(undefined, 0.0001, 0.02, 3),
      hasRegion: fc.boolean(),
    });
    fc.assert(
      fc.property(farm, ({ x0, y0, widthPx, heightPx, tileSizePx, hasRegion, ...rest }) => {
        const cropWindow = { x0, y0, x1: x0 + widthPx, y1: y0 + heightPx };
        const region = { x0, y0, x1: x0 + Math.ceil(widthPx / 2), y1: y0 + Math.ceil(heightPx / 3) };
        const { state, computation } = farmOf({ ...rest, cropWindow, tileSizePx, ...(hasRegion ? { region } : {}) });
        const tiling = tilingOf(cropWindow, tileSizePx);
        const units = cutAll(state, computation);
        for (const { unit, tiles } of units) {
          const covered = wholeTiles(tiling, unit.rect) ?? [];
          expect(covered).toEqual(expect.arrayContaining(tiles.map(({ index }) => index)));
          expect(covered.length).toBeLessThanOrEqual(tiles.length / coarseWantedShareMin);
          expect(unit.tileIndex).toBe(covered[0]);
        }
        expect(new Set(units.map(({ unit }) => unitKey(unit))).size).toBe(units.length);
        const indices = units.flatMap(({ tiles }) => tiles.map(({ index }) => index));
        expect(indices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: tiling.tileCount }, (_, at) => at));
        expect([state.coarseLeftCount, state.coarseTiles.size]).toEqual([0, 0]);
        const isOfRegion = units.map(({ tiles }) =>
          tiles.every(({ rect }) => rect.x0 < region.x1 && rect.y0 < region.y1),
        );
        if (hasRegion) expect(isOfRegion.lastIndexOf(true)).toBe(isOfRegion.filter(Boolean).length - 1);
      }),
    );
  });

  it("a block is done -> all of its tiles have their coarse picture, and each its cost", () => {
    const { state, computation } = farmOf({ ...hd, threadCount: 1, pointMs: 0.005 });
    const block = cutAll(state, computation).find(({ tiles }) => tiles.length > 20);
    if (block === undefined) throw new Error("no block");
    measureCoarse(state, block, pixelSampleCount(block.unit) * 0.02, computation);
    retire(state, block);
    expect(state.coarseTileCount).toBe(block.tiles.length);
    for (const { index } of block.tiles) {
      expect(state.cost.costMs(index)).toBeGreaterThan(0.008);
      expect(state.cost.costMs(index)).toBeLessThan(0.04);
    }
  });
});
