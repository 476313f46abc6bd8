// Units that are rendered twice: whom to ask, what the answers mean, and how a node that was found wrong loses its work.
// The frame is not complete before those that can be compared are, and a wrong node's samples are out of the film.
import { pixelSampleCount, type Unit } from "../../proto/unit.ts";
import { campsOf, endCheck, tellUndecided } from "./checks.ts";
import type { Tile } from "./frame.ts";
import { type Computation, dropLease, leaseFor, newPlannedUnit, type PlannedUnit } from "./lease.ts";
import { dismiss } from "./returning.ts";
import { cancelLeases, type PlannerState } from "./state.ts";
import { differ, judge, type Vote } from "./verdict.ts";
import type { Check } from "./verification.ts";

/** What `computation` may render once more, so that it can be compared; the caller lends it. */
export function nextToVerify(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  for (const check of state.verification.checks.values()) {
    if (check.asked !== null || !check.tile.isWanted || !mayVote(state, check.votes, computation.nodeId)) continue;
    check.asked = newPlannedUnit(check.tile, check.unit, check);
    return check.asked;
  }
  return undefined;
}

export function takeVote(
  state: PlannerState,
  computation: Computation,
  { unit, renderMs, sums }: { readonly unit: Unit; readonly renderMs: number; readonly sums: string },
): void {
  const lease = leaseFor("verify", computation, unit);
  const check = lease?.planned.check;
  if (!lease || !check) return;
  dropLease(lease);
  computation.finishedCount++;
  state.progressAtMs = state.nowMs;
  state.cost.measure(unit.tileIndex, pixelSampleCount(unit), renderMs, computation.speed);
  cancelLeases(state, lease.planned);
  check.asked = null;
  check.votes = [...check.votes, { nodeId: computation.nodeId, sums }];
  conclude(state, check);
}

/** Some unit of these tiles is compared just now or can be, or samples are being taken out: the frame must not end. */
export function isVerifying(state: PlannerState, isAmong: (tile: Tile) => boolean = () => true): boolean {
  const { checks, takingOut } = state.verification;
  if (takingOut.size > 0) return true;
  for (const { asked, votes, tile } of checks.values())
    if (isAmong(tile) && (asked !== null || canBeTold(state, votes))) return true;
  return false;
}

/** Its computations end, its votes count no more, and the film is to lose its samples. */
export function quarantine(state: PlannerState, nodeId: string): void {
  const { verification, crew } = state;
  if (verification.wrongNodeIds.has(nodeId)) return;
  verification.wrongNodeIds.add(nodeId);
  if (state.phase === "running" || state.phase === "paused") verification.takingOut.set(nodeId, "asked");
  for (const computation of [...crew.values()]) {
    if (computation.nodeId === nodeId) dismiss(state, computation, "lost");
  }
  for (const check of [...verification.checks.values()]) {
    const votes = check.votes.filter((vote) => vote.nodeId !== nodeId);
    if (votes.length === check.votes.length) continue;
    check.votes = votes;
    if (votes.length === 0) endCheck(state, check);
    else conclude(state, check);
  }
}

export function noteTakenOut(state: PlannerState, nodeIds: readonly string[]): void {
  const { takingOut } = state.verification;
  const awaited = nodeIds.filter((nodeId) => takingOut.get(nodeId) === "asked");
  for (const nodeId of awaited) takingOut.set(nodeId, "read");
  if (awaited.length > 0) state.effects.push({ t: "reconcile" });
}

/** A ledger has come. Says whether it is one after a taking out. */
export function endTakingOut(state: PlannerState): boolean {
  const { takingOut } = state.verification;
  const done = [...takingOut].filter(([, stage]) => stage === "read");
  for (const [nodeId] of done) takingOut.delete(nodeId);
  return done.length > 0;
}

function conclude(state: PlannerState, check: Check): void {
  const { verification } = state;
  const { unit, votes } = check;
  const verdict = judge(votes);
  if (verdict.t === "equal") {
    verification.verifiedCount++;
    endCheck(state, check);
  } else if (verdict.t === "wrong") {
    // Without them it is concluded again.
    for (const nodeId of verdict.nodeIds) {
      state.effects.push({ t: "wrong", nodeId, unit, votes });
      quarantine(state, nodeId);
    }
  } else if (differ(votes) && !canBeTold(state, votes)) tellUndecided(state, check);
}

/**
 * Whose word would help: of nodes that have not rendered it; where there is none and nodes differ, of those that have
 * once, since a fault of the moment contradicts itself.
 */
function mayVote(state: PlannerState, votes: readonly Vote[], nodeId: string): boolean {
  const own = votes.filter((vote) => vote.nodeId === nodeId);
  if (own.length === 0) return true;
  if (own.length > 1 || !differ(votes) || state.verification.disputes.has(campsOf(votes))) return false;
  return !hasOthers(state, votes);
}

function canBeTold(state: PlannerState, votes: readonly Vote[]): boolean {
  if (hasOthers(state, votes)) return true;
  const present = nodesOf(state);
  return votes.some(({ nodeId }) => present.has(nodeId) && mayVote(state, votes, nodeId));
}

function hasOthers(state: PlannerState, votes: readonly Vote[]): boolean {
  const present = nodesOf(state);
  return present.size > votersOf(votes).filter((nodeId) => present.has(nodeId)).length;
}

/** Nodes that take work. */
function nodesOf({ verification, crew }: PlannerState): ReadonlySet<string> {
  if (verification.nodeIds === null) {
    verification.nodeIds = new Set();
    for (const { nodeId, isDraining } of crew.values()) if (!isDraining) verification.nodeIds.add(nodeId);
  }
  return verification.nodeIds;
}

function votersOf(votes: readonly Vote[]): string[] {
  return [...new Set(votes.map(({ nodeId }) => nodeId))];
}
