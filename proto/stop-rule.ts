// When a tile has enough samples, as planner and merger both know it: at the first power-of-two count, from a minimum
// on, at which its error is low enough. Pure.
import { ArrasError } from "./errors.ts";
import { limits } from "./limits.ts";

export interface StopRule {
  readonly targetError: number;
  /** A power of two, at least 2: errors are known at such counts alone. */
  readonly minSpp: number;
}

/** Where a tile is by the errors that are known of it; `spp`: the count to decide at next, or at which it has ended. */
export interface Standing {
  readonly t: "open" | "converged";
  readonly spp: number;
}

export function stopRule(targetError: number, minSpp: number): StopRule {
  return { targetError, minSpp: 2 ** Math.ceil(Math.log2(Math.max(2, minSpp))) };
}

/** Throws `message-malformed`. */
export function stopRuleFromMessage({ targetError, sppMin }: { targetError: number; sppMin: number }): StopRule {
  const isPower = Number.isInteger(Math.log2(sppMin)) && sppMin >= 2 && sppMin <= limits.sppMax;
  if (isPower && targetError >= 0) return { targetError, minSpp: sppMin };
  throw new ArrasError("message-malformed", {
    message: `A stop rule asks for an error of ${targetError} from ${sppMin} samples per pixel on`,
    action: "Compare software versions of coordinator and merger.",
  });
}

/** `errorAt`: undefined where it is not known; one that is not a number goes on. */
export function standingBy(rule: StopRule, errorAt: (spp: number) => number | undefined): Standing {
  for (let spp = rule.minSpp; ; spp *= 2) {
    const error = errorAt(spp);
    if (error === undefined) return { t: "open", spp };
    if (error <= rule.targetError) return { t: "converged", spp };
  }
}
