// What the planner costs per unit, and how near to the ideal its frames end: the real planner under a simulated clock.

import type { PlannerEffect, TileReport } from "../../coordinator/planner/events.ts";
import { Planner } from "../../coordinator/planner/planner.ts";
import { limits } from "../../proto/limits.ts";
import { areaPx } from "../../proto/rect.ts";
import { SampleIntervals } from "../../proto/sample-intervals.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import { isCoarse, pixelSampleCount, type Unit } from "../../proto/unit.ts";
import { normal, uniform } from "../unit/coordinator/planner/random.ts";
import {
  type FarmOptions,
  type FarmResult,
  SimulatedFarm,
  type SimulatedNode,
} from "../unit/coordinator/planner/simulated-farm.ts";
import type { BenchRow } from "./bench-row.ts";

const frame1080p = { x0: 0, y0: 0, x1: 1920, y1: 1080 };
const tileSizePx = 64;
/** The mean of twelve spreads by 0.006 from one dozen to the next. */
const seedCount = 48;

export async function run(): Promise<BenchRow[]> {
  const cpuUs = Math.min(...[1, 2, 3].map(cpuUsPerUnit));
  return [
    { name: "planner: CPU per unit, 1080p", value: cpuUs, unit: "µs", goal: 25, higherIsBetter: false },
    { name: "planner: units per second", value: 1e6 / cpuUs, unit: "1/s", goal: 30_000, higherIsBetter: true },
    ...makespanRows("64 unequal computations", 1.08, () => ({})),
    ...makespanRows("64, one of them 10 times slower", 1.12, () => ({ slowest: 10 })),
    ...makespanRows("1 of 16 killed, noticed after 5 s", 1.05, (at) => ({
      nodeCount: 16,
      killShare: (at + 0.5) / seedCount,
    })),
    ...makespanRows("1 of 16 killed just before the end", 1.05, () => ({ nodeCount: 16, killShare: 0.98 })),
  ];
}

interface Farm {
  readonly nodeCount?: number;
  /** The first computation is this many times slower than it would be. */
  readonly slowest?: number;
  /** The first computation dies at this share of the ideal time. */
  readonly killShare?: number;
}

function makespanRows(name: string, goal: number, farm: (at: number) => Farm): BenchRow[] {
  const ratios: number[] = [];
  let duplicateCount = 0;
  let unitCount = 0;
  for (let seed = 1; seed <= seedCount; seed++) {
    const { ratio, result } = makespan(farm(seed - 1), seed);
    ratios.push(ratio);
    duplicateCount += result.duplicateCount;
    unitCount += result.unitCount;
  }
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return [
    { name: `planner: makespan ÷ ideal, ${name}`, value: mean, unit: "×", goal, higherIsBetter: false },
    {
      name: `planner: worst of ${seedCount}, ${name}`,
      value: Math.max(...ratios),
      unit: "×",
      goal: null,
      higherIsBetter: false,
    },
    {
      name: `planner: duplicates, ${name}`,
      value: (100 * duplicateCount) / unitCount,
      unit: "%",
      goal: 2,
      higherIsBetter: false,
    },
  ];
}

/** 510 tiles × 256 samples, costs log-normal (σ 0.8, median 4 ms for a tile's sample), speeds 0.5-2. */
export function makespan(farm: Farm, seed: number): { ratio: number; result: FarmResult } {
  const next = uniform(seed * 7919);
  const tiling = tilingOf(frame1080p, tileSizePx);
  const costMs = Array.from({ length: tiling.tileCount }, () => 0.001 * Math.exp(0.8 * normal(next)));
  const speeds = Array.from({ length: farm.nodeCount ?? 64 }, () => 2 ** (2 * next() - 1));
  if (farm.slowest) speeds[0] /= farm.slowest;
  const work = costMs.reduce((sum, cost, tileIndex) => sum + cost * areaPx(tileRect(tiling, tileIndex)) * 256, 0);
  const power = speeds.reduce((sum, speed) => sum + speed, 0);
  const nodes: SimulatedNode[] = speeds.map((speed) => ({ threadCount: 1, speed }));
  let idealMs = work / power;
  if (farm.killShare !== undefined) {
    const dieAtMs = idealMs * farm.killShare;
    nodes[0] = { ...nodes[0], dieAtMs, detectMs: 5_000 };
    idealMs = (work - speeds[0] * dieAtMs) / (power - speeds[0]);
  }
  const options: FarmOptions = {
    planner: { cropWindow: frame1080p, tileSizePx, budgetSpp: 256 },
    seed,
    nodes,
    costMs: (tileIndex) => costMs[tileIndex],
    latencyMs: 1,
    jitterMs: 1,
    timeNoise: 0.1,
    reportMs: 20,
  };
  const result = new SimulatedFarm(options).run();
  if (result.outcome !== "finished" || result.violations.length > 0) {
    throw new Error(`seed ${seed}: ${result.outcome} ${result.violations[0] ?? ""}`);
  }
  return { ratio: result.makespanMs / idealMs, result };
}

/** A 1080p frame to its end with 16 computations of 4 threads, every event of every unit; the driver's time counts too. */
function cpuUsPerUnit(): number {
  const planner = new Planner({ cropWindow: frame1080p, tileSizePx, budgetSpp: 512 });
  const tileCount = tilingOf(frame1080p, tileSizePx).tileCount;
  const merged = Array.from({ length: tileCount }, () => new SampleIntervals());
  const held = new Map<string, Unit[]>();
  let unitCount = 0;
  let nowMs = 0;
  const take = (effects: readonly PlannerEffect[]) => {
    for (const effect of effects) {
      if (effect.t !== "grant") continue;
      held.get(effect.computation)?.push(...effect.units);
      unitCount += effect.units.length;
    }
  };
  const before = process.cpuUsage();
  for (let at = 0; at < 16; at++) {
    const computation = `mcrt-${at}`;
    held.set(computation, []);
    take(planner.step(nowMs, { t: "joined", computation, threadCount: 4 }));
    take(planner.step(nowMs, { t: "credit", computation, units: limits.leasedUnitsMax }));
  }
  const dirty = new Set<number>();
  while (planner.outcome === "running") {
    nowMs += 1;
    for (const [computation, units] of held) {
      const unit = units.shift();
      if (!unit) continue;
      take(planner.step(nowMs, { t: "started", computation, unit }));
      const renderMs = pixelSampleCount(unit) * 0.002;
      take(planner.step(nowMs, { t: "done", computation, unit, renderMs }));
      take(planner.step(nowMs, { t: "credit", computation, units: 1 }));
      if (isCoarse(unit)) continue;
      merged[unit.tileIndex].add(unit.sampleBegin, unit.sampleEnd);
      dirty.add(unit.tileIndex);
    }
    const tiles = [...dirty].map((tileIndex): TileReport => ({ tileIndex, ranges: merged[tileIndex].ranges() }));
    dirty.clear();
    take(planner.step(nowMs, { t: "merged", tiles }));
    if (nowMs % 20 === 0) take(planner.step(nowMs, { t: "tick" }));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / unitCount;
}
