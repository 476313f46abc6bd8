// What becomes of units that did not end well: granted again as they are, narrowed down, or given up as a hole.
import { limits } from "../../proto/limits.ts";
import { isCoarse, type Unit } from "../../proto/unit.ts";
import { noteUnsaid, noVote } from "./checks.ts";
import { cellsIn, splitCell, type Tile } from "./frame.ts";
import { type Computation, dropLease, isWanted, type Lease, newPlannedUnit, type PlannedUnit } from "./lease.ts";
import { cancelLeases, endUnheard, type PlannerState, queueCell, retire, settle } from "./state.ts";
import { bisection, touches } from "./suspects.ts";

/** Ends a computation; everything it held comes back. Only what it may have started is blamed, and only for a crash. */
export function dismiss(state: PlannerState, computation: Computation, cause: "closed" | "lost" | "crashed"): void {
  state.crew.delete(computation.name);
  state.hungry.delete(computation);
  state.draining.delete(computation);
  if (state.isolator === computation) state.isolator = null;
  state.loadAge = Number.POSITIVE_INFINITY;
  state.verification.nodeIds = null;
  // Backwards, so that on the stack of suspects the one that was granted first is tried first.
  for (const lease of computation.held.slice().reverse()) {
    noteUnsaid(state, lease);
    if (cause === "crashed" && (lease.isStarted || lease.isNext)) blame(state, lease, "its computation crashed");
    else giveBack(state, lease);
  }
}

/** The lease ends without blame. */
export function giveBack(state: PlannerState, lease: Lease): void {
  endUnheard(state, lease);
  if (lease.planned.check !== null) noVote(state, lease, false);
  else putBack(state, lease.planned, "");
}

/** The lease ends with a crash, or an error that counts as one. */
export function blame(state: PlannerState, lease: Lease, reason: string): void {
  endUnheard(state, lease);
  const { planned } = lease;
  if (planned.check !== null) {
    noVote(state, lease, true);
    return;
  }
  planned.crashCount++;
  planned.lastFailedOn = lease.holder.name;
  putBack(state, planned, reason);
}

/** It was acknowledged, but is not in the film. */
export function takeBack(state: PlannerState, planned: PlannedUnit): void {
  planned.place = "out";
  putBack(state, planned, "");
}

/** The same input fails the same way: the unit's pixels become a hole at once. */
export function abandon(state: PlannerState, lease: Lease, reason: string): void {
  if (lease.planned.check !== null) {
    blame(state, lease, reason);
    return;
  }
  dropLease(lease);
  const { planned } = lease;
  if (planned.place !== "out") return;
  cancelLeases(state, planned);
  if (isCoarse(planned.unit)) retire(state, planned);
  else makeHole(state, planned, reason);
}

/** Nothing happens while another computation still holds a copy: a unit in flight must not get a second cut. */
function putBack(state: PlannerState, planned: PlannedUnit, reason: string): void {
  if (planned.place !== "out" || planned.leases.length > 0) return;
  const { unit, tile, tiles, crashCount } = planned;
  if (isCoarse(unit)) {
    // The picture's own samples will show, or the fine unit will be blamed.
    if (tiles.every(({ mergedSpp }) => mergedSpp > 0) || crashCount >= limits.unitCrashesMax) retire(state, planned);
    else enqueue(state, planned);
  } else if (cellsIn(tile, unit.rect, unit.sampleBegin).holes.length > 0) replaceOutsideHoles(state, planned);
  else if (crashCount >= crashesToNarrow(unit)) narrow(state, planned, reason);
  else enqueue(state, planned);
}

/** Parts begin with one crash, which others may have caused; what becomes a hole has crashed twice by itself. */
function crashesToNarrow(unit: Unit): number {
  return bisection(unit, limits.holeSidePxMin).t === "hole" ? limits.unitCrashesMax + 1 : limits.unitCrashesMax;
}

/** Where units that are to be granted again wait. */
export function enqueue(state: PlannerState, planned: PlannedUnit): void {
  planned.place = "queued";
  if (!isWanted(planned)) state.aside.push(planned);
  else if (planned.crashCount > 0) state.suspects.push(planned);
  else state.returned.push(planned);
}

/** Puts parts in the place of a unit; one more crash narrows each of them further. */
function narrow(state: PlannerState, planned: PlannedUnit, reason: string): void {
  const { unit, tile } = planned;
  const cut = bisection(unit, limits.holeSidePxMin);
  if (cut.t === "hole") {
    makeHole(state, planned, reason);
    return;
  }
  state.bisectedCount += 1;
  if (cut.t === "areas") for (const cell of splitCell(tile, unit.rect)) queueCell(state, cell);
  retire(state, planned);
  for (const part of cut.parts.slice().reverse()) {
    addQueued(state, tile, part, { crashCount: planned.crashCount - 1, lastFailedOn: planned.lastFailedOn });
  }
}

export function addQueued(
  state: PlannerState,
  tile: Tile,
  unit: Unit,
  suspicion: { crashCount: number; lastFailedOn: string | null } = { crashCount: 0, lastFailedOn: null },
): void {
  const planned = newPlannedUnit(tile, unit);
  planned.crashCount = suspicion.crashCount;
  planned.lastFailedOn = suspicion.lastFailedOn;
  tile.outstanding.push(planned);
  enqueue(state, planned);
}

/**
 * The unit's pixels get no samples from its first one on; what is queued for them is taken back. A hole is reported
 * again when an earlier sample of it turns out to fail too.
 */
function makeHole(state: PlannerState, planned: PlannedUnit, reason: string): void {
  const { unit, tile } = planned;
  const { rect, sampleBegin: fromSample } = unit;
  for (const cell of cellsIn(tile, rect, fromSample).due) {
    cell.state = "hole";
    cell.holeFrom = fromSample;
  }
  retire(state, planned);
  state.hasHoles = true;
  state.effects.push({ t: "hole", rect, fromSample, toSample: state.frame.budgetSpp, reason });
  for (const other of tile.outstanding.slice()) {
    const { unit: theirs, place } = other;
    if (place === "queued" && !isCoarse(theirs) && touches(theirs.rect, rect) && theirs.sampleBegin >= fromSample) {
      replaceOutsideHoles(state, other);
    }
  }
  settle(state, tile);
}

/** What was blamed for the hole's crashes is innocent without the hole. */
function replaceOutsideHoles(state: PlannerState, planned: PlannedUnit): void {
  const { unit, tile } = planned;
  retire(state, planned);
  for (const cell of cellsIn(tile, unit.rect, unit.sampleBegin).due) {
    addQueued(state, tile, { ...unit, rect: cell.rect });
  }
  settle(state, tile);
}
