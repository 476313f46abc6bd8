// How waiting for the merger makes a computation's units longer, alone and in a simulated farm whose merger is slow.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastMsOfAny, noPressure, takeMeasured } from "../../../../coordinator/planner/back-pressure.ts";
import {
  relievedMargin,
  relievedUnitCount,
  unitMsMax,
  unitMsWanted,
} from "../../../../coordinator/planner/settings.ts";
import { SimulatedFarm } from "./simulated-farm.ts";

const holding = { threadCount: 4, heldCount: 6, allThreadCount: () => 8 };

/** As many units of one kind. */
function measure(
  pressure: ReturnType<typeof noPressure>,
  unitCount: number,
  renderMs: number,
  waitedMs: number,
  answerMs?: number,
): void {
  for (let at = 0; at < unitCount; at++)
    takeMeasured(pressure, { renderMs, waitedMs, answerMs: answerMs ?? null }, holding);
}

describe("a computation's least unit length", () => {
  it("one unit of each thread waited as long as it rendered -> twice its length, and a little more at most", () => {
    const pressure = noPressure();
    measure(pressure, 3, 400, 400);
    expect(pressure.leastMs).toBe(0);
    measure(pressure, 1, 400, 400);
    expect(pressure.leastMs).toBe(800);
  });

  it("a short wait -> only as much longer as it takes", () => {
    const pressure = noPressure();
    measure(pressure, 4, 400, 40);
    expect(pressure.leastMs).toBeCloseTo(484);
  });

  it("units that were granted before the change -> say nothing about it", () => {
    const pressure = noPressure();
    measure(pressure, 4, 400, 400);
    measure(pressure, 6 + 3, 400, 400);
    expect(pressure.leastMs).toBe(800);
    measure(pressure, 1, 800, 800);
    expect(pressure.leastMs).toBeGreaterThan(800);
  });

  it("a wait of some percent -> kept; none -> shorter again, at last none", () => {
    const pressure = noPressure();
    measure(pressure, 4, 400, 400);
    measure(pressure, 6 + 4, 800, 20);
    expect(pressure.leastMs).toBe(800);
    measure(pressure, 4, 800, 0);
    expect(pressure.leastMs).toBe(680);
    measure(pressure, 1000, 400, 0);
    expect(pressure.leastMs).toBe(0);
  });

  it("no wait, and the merger answers at once -> after three units only as long as its answers call for", () => {
    const pressure = noPressure();
    measure(pressure, 4, 1_600, 1_600);
    expect(pressure.leastMs).toBe(3_200);
    // Also those that were granted before.
    measure(pressure, relievedUnitCount - 1, 1_600, 0, 5);
    expect(pressure.leastMs).toBe(3_200);
    measure(pressure, 1, 1_600, 0, 5);
    expect(pressure.leastMs).toBe(relievedMargin * 8 * 5);
    measure(pressure, relievedUnitCount, 80, 0, 0.1);
    expect(pressure.leastMs).toBe(0);
  });

  it("no wait, but answers that take long, or one that waited between -> no sooner than it would be otherwise", () => {
    for (const answersMs of [
      [300, 300, 300],
      [1, 1, undefined, 1, 1],
      [Number.NaN, 1, 1],
    ]) {
      const pressure = noPressure();
      measure(pressure, 4, 1_600, 1_600);
      for (const answerMs of answersMs) measure(pressure, 1, 3_200, 0, answerMs);
      expect(pressure.leastMs).toBe(3_200);
    }
  });

  it("units that could not be longer -> it is not forgotten for their sake", () => {
    const pressure = noPressure();
    measure(pressure, 4, 400, 400);
    measure(pressure, 6 + 4, 10, 10);
    expect(pressure.leastMs).toBe(800);
  });

  it.each([
    [0, 5],
    [-1, 5],
    [Number.NaN, 5],
    [5, Number.NaN],
    [5, -1],
    [5, Number.POSITIVE_INFINITY],
  ])("%d ms rendered and %d ms waited -> ignored", (renderMs, waitedMs) => {
    const pressure = noPressure();
    measure(pressure, 100, renderMs, waitedMs);
    expect(pressure).toEqual(noPressure());
  });

  it("any times -> between nothing and the longest", () => {
    const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
    const unit = fc.record({ renderMs: ms, waitedMs: ms, answerMs: fc.option(ms) });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 300 }), (units) => {
        const pressure = noPressure();
        for (const measured of units) takeMeasured(pressure, measured, holding);
        expect(pressure.leastMs).toBeGreaterThanOrEqual(0);
        expect(pressure.leastMs).toBeLessThanOrEqual(unitMsMax);
      }),
    );
  });

  it("of several computations -> the shortest; of none -> none", () => {
    expect(leastMsOfAny([])).toBe(0);
    expect(leastMsOfAny([300, 200].map((leastMs) => ({ pressure: { ...noPressure(), leastMs } })))).toBe(200);
  });
});

const cropWindow = { x0: 0, y0: 0, x1: 512, y1: 512 };
const threadCount = 8;
const nodeCount = 4;

/** 64 tiles at 4 ms a sample of one thread: units of a second have 250 samples. */
function farm(
  mergeMs: (nowMs: number) => number,
  seed: number,
  budgetSpp = 8192,
  [nodes, threads] = [nodeCount, threadCount],
) {
  return new SimulatedFarm({
    planner: { cropWindow, tileSizePx: 64, budgetSpp },
    seed,
    nodes: Array.from({ length: nodes }, () => ({ threadCount: threads, speed: 1 })),
    costMs: () => 0.001,
    timeNoise: 0.1,
    jitterMs: 1,
    mergeMs,
  }).run();
}

/** Mean length of the units that ended in a part of the render, and the share of their threads' time that was a wait. */
function between(result: ReturnType<typeof farm>, fromMs: number, toMs: number) {
  const inside = result.renderings.filter(({ endedAtMs }) => endedAtMs >= fromMs && endedAtMs < toMs);
  const renderMs = inside.reduce((sum, unit) => sum + unit.renderMs, 0);
  const waitedMs = inside.reduce((sum, unit) => sum + unit.waitedMs, 0);
  return { unitMs: renderMs / inside.length, waitShare: waitedMs / (renderMs + waitedMs) };
}

const seed = fc.integer({ min: 0, max: 0x7fffffff });

describe("a farm whose merger is slow", () => {
  it("it takes longer for a contribution than units of the usual length leave it -> longer units, hardly a wait", () => {
    // 32 threads send one each 31 ms, with units of a second.
    fc.assert(
      fc.property(fc.integer({ min: 35, max: 90 }), seed, (mergeMs, chosen) => {
        const result = farm(() => mergeMs, chosen);
        expect([result.outcome, result.violations]).toEqual(["finished", []]);
        const { unitMs, waitShare } = between(result, 0.5 * result.makespanMs, 0.8 * result.makespanMs);
        expect(unitMs).toBeGreaterThan(0.8 * threadCount * nodeCount * mergeMs);
        expect(waitShare).toBeLessThan(0.2);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it("it is fast again -> units have their usual length again", () => {
    fc.assert(
      fc.property(seed, (chosen) => {
        const slowUntilMs = 60_000;
        const result = farm((nowMs) => (nowMs < slowUntilMs ? 60 : 1), chosen, 24_576);
        expect([result.outcome, result.violations]).toEqual(["finished", []]);
        expect(between(result, 50_000, slowUntilMs).unitMs).toBeGreaterThan(1.5 * unitMsWanted);
        // What was granted before ends first: each thread has one long unit, and the computation one more.
        expect(between(result, slowUntilMs + 8_000, 0.9 * result.makespanMs).unitMs).toBeLessThan(1.1 * unitMsWanted);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it("it is fast again, of computations of one thread -> the usual length after a few of their long units", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 100, max: 350 }), (chosen, slowMs) => {
        const slowUntilMs = 120_000;
        const result = farm((nowMs) => (nowMs < slowUntilMs ? slowMs : 1), chosen, 8_192, [8, 1]);
        expect([result.outcome, result.violations]).toEqual(["finished", []]);
        expect(between(result, slowUntilMs + 25_000, 0.9 * result.makespanMs).unitMs).toBeLessThan(1.1 * unitMsWanted);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it("it is fast enough -> units as with one that takes no time", () => {
    const [some, none] = [farm(() => 5, 1), farm(() => 0, 1)].map((result) => between(result, 20_000, 50_000).unitMs);
    expect(some! / none!).toBeCloseTo(1, 1);
  });

  it("it takes nothing for two seconds and then as fast as ever -> units are at most twice as long, for a while", () => {
    const result = farm((nowMs) => (nowMs >= 20_000 && nowMs < 20_100 ? 200 : 1), 3, 16_384);
    expect([result.outcome, result.violations]).toEqual(["finished", []]);
    expect(Math.max(...result.renderings.map(({ renderMs }) => renderMs))).toBeLessThan(2.75 * unitMsWanted);
    expect(between(result, 50_000, 100_000).unitMs).toBeLessThan(1.1 * unitMsWanted);
  });
});
