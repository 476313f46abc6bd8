// `make sim`: simulated sessions from consecutive seeds, in one process. Environment: SEED (the first), RUNS, TRACE=1
// (every step of them, on standard error). Prints what struck, and the seeds that failed with the command to repeat.
import { keptSeeds } from "./kept-seeds.ts";
import { runSeeds, type SeedFailure } from "./run-seeds.ts";

const seed = wholeNumber("SEED", 1);
const runCount = wholeNumber("RUNS", 1_000);
const trace = process.env.TRACE === "1" ? (line: string) => void process.stderr.write(`${line}\n`) : undefined;
const seeds = Array.from({ length: runCount }, (_, at) => seed + at);
// A single seed is somebody looking for a mistake.
const all = runCount === 1 ? seeds : [...keptSeeds(), ...seeds];
const startedMs = performance.now();
const summary = runSeeds(all, { trace, failed: tellFailure });
const seconds = (performance.now() - startedMs) / 1000;
for (const [name, count] of summary.counts.list()) process.stdout.write(`${String(count).padStart(9)}  ${name}\n`);
process.stdout.write(
  `${all.length} runs in ${seconds.toFixed(1)} s: ${(all.length / seconds).toFixed(1)} runs/s, ` +
    `${Math.round(summary.eventCount / all.length)} events and ${(summary.simulatedMs / all.length / 1000).toFixed(1)} simulated seconds each\n`,
);
process.exitCode = summary.failures.length > 0 ? 1 : 0;

function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} is ${text}; it must be a whole number`);
  return Number(text);
}

function tellFailure({ seed: failed, violations }: SeedFailure): void {
  process.stdout.write(
    `seed ${failed} FAILED; again: make sim SEED=${failed} RUNS=1 TRACE=1; keep it in test/sim/seeds.txt\n`,
  );
  for (const violation of violations) process.stdout.write(`  ${violation}\n`);
}
