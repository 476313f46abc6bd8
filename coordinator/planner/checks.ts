// The beginning and the end of a check: a unit that is in the film, or on its way there, and waits for another node's
// word. What the words mean is in verifying.ts.
import { limits } from "../../proto/limits.ts";
import { type Unit, unitKey } from "../../proto/unit.ts";
import { isVerified } from "../../proto/verified-unit.ts";
import type { Lease } from "./lease.ts";
import { cancelLeases, type PlannerState } from "./state.ts";
import { differ, type Vote } from "./verdict.ts";
import type { Check } from "./verification.ts";

/** A unit that is to be in the film was rendered. */
export function beginCheck(state: PlannerState, { planned, holder }: Lease, sums: string | undefined): void {
  const { unit, tile } = planned;
  const { verification } = state;
  if (!isChosen(state, unit)) return;
  const before = verification.checks.get(unitKey(unit));
  if (before !== undefined) endCheck(state, before);
  if (sums === undefined || verification.checks.size >= limits.verificationsMax) {
    verification.uncheckedCount++;
    return;
  }
  const votes = [{ nodeId: holder.nodeId, sums }];
  verification.checks.set(unitKey(unit), { unit, tile, votes, asked: null, failureCount: 0 });
}

/** The lease of one that was asked ended without a vote; `isFailure`: by a crash or an error. */
export function noVote(state: PlannerState, { planned }: Lease, isFailure: boolean): void {
  const { check } = planned;
  if (check === null || check.asked !== planned) return;
  if (isFailure) check.failureCount++;
  if (planned.leases.length > 0) return;
  check.asked = null;
  if (check.failureCount < limits.unitCrashesMax) return;
  state.verification.uncheckedCount++;
  endCheck(state, check);
}

/** Its computation is gone before it said what it made of a chosen unit, which is in the film. */
export function noteUnsaid(state: PlannerState, { planned }: Lease): void {
  if (planned.check === null && planned.place === "gone" && isChosen(state, planned.unit))
    state.verification.uncheckedCount++;
}

/** The frame ends, or begins anew: what nobody could say a word to stays as it is. */
export function endChecks(state: PlannerState): void {
  const { verification } = state;
  verification.uncheckedCount += verification.checks.size;
  for (const check of [...verification.checks.values()]) {
    if (differ(check.votes)) tellUndecided(state, check);
    endCheck(state, check);
  }
}

/** Nodes differ, and nobody is there to decide: told once of any that differ. */
export function tellUndecided(state: PlannerState, { unit, votes }: Check): void {
  const { disputes } = state.verification;
  if (disputes.has(campsOf(votes))) return;
  disputes.add(campsOf(votes));
  state.effects.push({ t: "undecided", unit, votes });
}

/** The nodes that have spoken, as a name. */
export function campsOf(votes: readonly Vote[]): string {
  return [...new Set(votes.map(({ nodeId }) => nodeId))].sort().join(" ");
}

export function endCheck(state: PlannerState, check: Check): void {
  const { asked } = check;
  check.asked = null;
  state.verification.checks.delete(unitKey(check.unit));
  if (asked !== null) cancelLeases(state, asked);
}

function isChosen({ settings: { verify } }: PlannerState, unit: Unit): boolean {
  return verify !== null && isVerified(verify, unit);
}
