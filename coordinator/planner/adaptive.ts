// When a tile has enough samples. Decisions are made only at fixed counts (minSpp, 2·minSpp, 4·minSpp …) and on the
// error of exactly so many merged samples, so that the outcome depends neither on the order of arrival nor on how many
// computations there are (after Dammertz et al. 2010; Cycles checks at powers of two for the same reason).
import type { StopRule } from "../../proto/stop-rule.ts";

/** The least decision count that is at least `spp`, which may lie beyond the budget. */
export function decisionCountFrom(rule: StopRule, spp: number): number {
  let count = rule.minSpp;
  while (count < spp) count *= 2;
  return count;
}

export type Verdict =
  /** Nothing is decided at this count. */
  { readonly t: "wait" } | { readonly t: "converged" } | { readonly t: "continue"; readonly decisionSpp: number };

/** `error` must be that of exactly `decisionSpp` samples; one that is not a number goes on. */
export function verdictAt(rule: StopRule, decisionSpp: number, error: number | undefined): Verdict {
  if (error === undefined) return { t: "wait" };
  return error <= rule.targetError ? { t: "converged" } : { t: "continue", decisionSpp: decisionSpp * 2 };
}
