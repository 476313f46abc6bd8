// Many simulations, one after the other, and the sum of what struck in them.
import { Counts } from "./counts.ts";
import { simulate } from "./run.ts";
import { scenarioOf } from "./scenario.ts";

export interface SeedFailure {
  readonly seed: number;
  readonly violations: readonly string[];
}

export interface Summary {
  readonly counts: Counts;
  readonly failures: readonly SeedFailure[];
  readonly eventCount: number;
  readonly simulatedMs: number;
}

export interface SeriesOptions {
  readonly trace?: ((line: string) => void) | undefined;
  /** At once: a long series may be interrupted. */
  readonly failed?: (failure: SeedFailure) => void;
}

export function runSeeds(seeds: readonly number[], { trace, failed }: SeriesOptions = {}): Summary {
  const counts = new Counts();
  const failures: SeedFailure[] = [];
  let eventCount = 0;
  let simulatedMs = 0;
  for (const seed of seeds) {
    const result = simulate(scenarioOf(seed), trace === undefined ? {} : { trace });
    counts.add(result.counts);
    counts.note(`outcome: ${result.outcome}`);
    eventCount += result.eventCount;
    simulatedMs += result.simulatedMs;
    if (result.violations.length === 0) continue;
    const failure = { seed, violations: result.violations };
    failures.push(failure);
    failed?.(failure);
  }
  return { counts, failures, eventCount, simulatedMs };
}
