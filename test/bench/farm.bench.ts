// A large farm against a small one: what a grant waits for, and what an agent costs; see simulated-farm.ts.
import { coordinatorNodeFlags } from "../../host/node-flags.ts";
import type { BenchRow } from "./bench-row.ts";
import type { FarmComparison } from "./farm-main.ts";
import { timedProcess } from "./timed-process.ts";

export async function run(): Promise<BenchRow[]> {
  const { lastLine } = await timedProcess("dist/test/bench/farm-main.js", [], coordinatorNodeFlags);
  const { few, many, bytesEach } = JSON.parse(lastLine) as FarmComparison;
  const latency = "p99 from a unit's end to the next grant, network of 2 to 4 ms";
  return [
    { name: `farm: ${latency}, 16 agents`, value: few.p99Ms, unit: "ms", goal: null, higherIsBetter: false },
    { name: `farm: ${latency}, 2,000 agents`, value: many.p99Ms, unit: "ms", goal: null, higherIsBetter: false },
    {
      name: "farm: the same, 2,000 ÷ 16 agents",
      value: many.p99Ms / few.p99Ms,
      unit: "×",
      goal: 2,
      higherIsBetter: false,
    },
    {
      name: "farm: coordinator's memory for each of 2,000 agents",
      value: bytesEach / 1024,
      unit: "KiB",
      goal: 50,
      higherIsBetter: false,
    },
  ];
}
