// CostModel: learns tile costs and speeds that explain the measured times.
import { describe, expect, it } from "vitest";
import { CostModel, unknownSpeed } from "../../../../coordinator/planner/cost-model.ts";
import { normal, uniform } from "./random.ts";

describe("CostModel", () => {
  it("one unit measured -> that tile and, as a guess, all others are predicted from it", () => {
    const cost = new CostModel(4);
    expect(new CostModel(1).hasMeasured).toBe(false);
    const by = unknownSpeed();
    cost.measure(0, 1000, 50, by);
    expect(cost.predictedMs(0, 1000, by)).toBeCloseTo(50, 0);
    expect(cost.predictedMs(3, 2000, by)).toBeGreaterThan(80);
    expect(cost.predictedMs(3, 2000, by)).toBeLessThan(120);
  });

  it("64 computations of 0.1-2 times and log-normal tiles, 4 rounds -> most predictions within a quarter", () => {
    const next = uniform(3);
    const tileCount = 510;
    const costs = Array.from({ length: tileCount }, () => 0.001 * Math.exp(normal(next)));
    const speeds = Array.from({ length: 64 }, (_, at) => (at === 0 ? 0.1 : 2 ** (2 * next() - 1)));
    const cost = new CostModel(tileCount);
    const estimates = speeds.map(() => unknownSpeed());
    const time = (tile: number, by: number) => (4096 * costs[tile]) / speeds[by];
    for (let step = 0; step < 4 * tileCount; step++) {
      const by = Math.floor(next() * 64);
      cost.measure(step % tileCount, 4096, time(step % tileCount, by) * Math.exp(0.05 * normal(next)), estimates[by]);
    }
    let closeCount = 0;
    for (let tile = 0; tile < tileCount; tile++) {
      const by = tile % 64;
      const ratio = cost.predictedMs(tile, 4096, estimates[by]) / time(tile, by);
      if (ratio > 0.75 && ratio < 1.33) closeCount++;
    }
    expect(closeCount / tileCount).toBeGreaterThan(0.9);
  });

  it("a computation becomes three times slower -> followed within 20 units", () => {
    const cost = new CostModel(100);
    const by = unknownSpeed();
    const other = unknownSpeed();
    for (let tile = 0; tile < 100; tile++) cost.measure(tile, 1000, 20, tile % 2 === 0 ? by : other);
    for (let tile = 0; tile < 20; tile++) cost.measure(tile, 1000, 60, by);
    expect(cost.predictedMs(70, 1000, by)).toBeGreaterThan(40);
    expect(cost.predictedMs(71, 1000, other)).toBeLessThan(30);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a measured time of %d -> ignored", (renderMs) => {
    const cost = new CostModel(1);
    const by = unknownSpeed();
    const before = cost.predictedMs(0, 1000, by);
    cost.measure(0, 1000, renderMs, by);
    expect(cost.predictedMs(0, 1000, by)).toBe(before);
  });

  it("more is known -> the 95th percentile comes nearer to the prediction, and an edit moves it away again", () => {
    const cost = new CostModel(2);
    const by = unknownSpeed();
    const first = cost.p95Factor(0, by);
    for (let times = 0; times < 20; times++) cost.measure(0, 1000, 50, by);
    const learnt = cost.p95Factor(0, by);
    expect(learnt).toBeLessThan(first);
    expect(learnt).toBeLessThan(1.6);
    cost.doubt();
    expect(cost.p95Factor(0, by)).toBeGreaterThan(learnt);
    expect(cost.predictedMs(0, 1000, by)).toBeCloseTo(50, 0);
  });
});
