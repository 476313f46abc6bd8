// 1,000 simulated sessions under faults, and what shows that the checks can fail: faults put in on purpose.
import { expect, it } from "vitest";
import { keptSeeds } from "./kept-seeds.ts";
import { simulate } from "./run.ts";
import { runSeeds } from "./run-seeds.ts";
import { faultKinds, scenarioOf } from "./scenario.ts";
import type { Canary } from "./world.ts";

const runCount = 1_000;
const firstSeed = 1;

it("kills, cuts, freezes, losses, repeats, poison and wrong nodes in 1,000 sessions -> each ends, with the reference's film", () => {
  const seeds = [...keptSeeds(), ...Array.from({ length: runCount }, (_, at) => firstSeed + at)];
  const { failures, counts } = runSeeds(seeds);
  const commands = failures.map(({ seed, violations }) => `make sim SEED=${seed} RUNS=1 TRACE=1: ${violations[0]}`);
  expect(commands, "Mend the cause, and add the seed to test/sim/seeds.txt").toEqual([]);
  // A simulation in which nothing happens would pass too.
  for (const kind of faultKinds) expect(counts.of(`fault: ${kind}`), kind).toBeGreaterThan(50);
  for (const what of [
    "packet lost",
    "datagram lost",
    "contribution repeated",
    "report repeated",
    "units copied",
    "computation drained",
    "node left before its deadline",
  ]) {
    expect(counts.of(what), what).toBeGreaterThan(50);
  }
  // Nodes that are wrong are found, of both kinds; what they gave is taken out; and no other node is.
  for (const kind of ["always", "changing"]) expect(counts.of(`wrong node found: ${kind}`), kind).toBeGreaterThan(10);
  for (const what of ["tiles emptied", "units compared"]) expect(counts.of(what), what).toBeGreaterThan(50);
}, 170_000);

it("the same seed twice -> the same run, step by step", () => {
  const traceOf = (seed: number) => {
    const lines: string[] = [];
    simulate(scenarioOf(seed), { trace: (line) => lines.push(line) });
    return lines;
  };
  for (const seed of [2, 7, 40]) expect(traceOf(seed)).toEqual(traceOf(seed));
});

const canaries: readonly [Canary, RegExp][] = [
  ["merger records and does not add", /the film is not the sum of what was merged|the film is not the reference/],
  ["merger adds twice", /the film is not the/],
  ["planner is not told who left", /it hangs|granted to|were copied/],
  ["a new ledger is taken for a report", /lacks sample|the film is not the reference|it hangs/],
  ["reservations are not released", /still reserved|it hangs|place already/],
  ["units are granted twice", /a second time/],
  ["wrong samples are not taken out", /the film is not|the adaptive film/],
  ["nobody compares", /the film is not|the adaptive film/],
];

it.each(canaries)("a fault put in on purpose (%s) -> is found within 60 runs", (canary, found) => {
  const failure = failureOf(canary);
  expect(failure?.violations.join("\n")).toMatch(found);
});

function failureOf(canary: Canary) {
  for (let seed = 1; seed <= 60; seed++) {
    const result = simulate(scenarioOf(seed), { canary });
    if (result.violations.length > 0) return result;
  }
  return undefined;
}
