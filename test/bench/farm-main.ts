// A large farm against a small one, in one process with a coordinator's flags. Says the figures on standard output.
import { type FarmFigures, SimulatedFarm } from "./simulated-farm.ts";

const runCount = 3;

/** Of each farm the best of all runs. */
export interface FarmComparison {
  readonly few: FarmFigures;
  readonly many: FarmFigures;
  readonly bytesEach: number;
}

const [few, many] = [16, 2_000];
const runs: [FarmFigures, FarmFigures][] = [];
// In turns, so that a machine that is busy for a while is so for both.
for (let at = 0; at < runCount; at++) runs.push([new SimulatedFarm(few).run(), new SimulatedFarm(many).run()]);
const best = (figures: readonly FarmFigures[]): FarmFigures =>
  figures.reduce((one, other) => (other.p99Ms < one.p99Ms ? other : one));
const comparison: FarmComparison = {
  few: best(runs.map(([small]) => small)),
  many: best(runs.map(([, large]) => large)),
  bytesEach: Math.min(...runs.map(([small, large]) => (large.heapBytes - small.heapBytes) / (many - few))),
};
process.stdout.write(`${JSON.stringify(comparison)}\n`);
