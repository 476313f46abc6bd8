// The planner: decides which computation renders which unit of a frame (DESIGN section 6). Event in, effects out; time
// is an argument, and equal sequences of events give equal effects. It never sees a pixel.

import { isCoarse, pixelSampleCount } from "../../proto/unit.ts";
import { takeMeasured } from "./back-pressure.ts";
import { beginCheck, endChecks } from "./checks.ts";
import { measureCoarse } from "./coarse-cut.ts";
import { nameDrained, startDraining } from "./draining.ts";
import type { PlannerEffect, PlannerEvent } from "./events.ts";
import { newFrame } from "./frame.ts";
import { feed, feedAll, feedHungry } from "./granting.ts";
import { nameStuckUnits, startLease } from "./hedging.ts";
import { openHole } from "./known-holes.ts";
import { type Computation, dropLease, type Lease, leaseFor, leaseOf, newComputation } from "./lease.ts";
import { type Progress, progressOf } from "./progress.ts";
import { chooseWanted, setRegion, tellRegionDone } from "./region.ts";
import { raiseBudget, takeLedger, takeMerged } from "./reports.ts";
import { abandon, blame, dismiss, giveBack } from "./returning.ts";
import { mergedReportTimeoutMs, type PlannerOptions, plannerSettings } from "./settings.ts";
import { cancelAll, cancelLeases, newPlannerState, type PlannerState, requeue, retire } from "./state.ts";
import { isVerifying, noteTakenOut, quarantine, takeVote } from "./verifying.ts";

type EventOf<T extends PlannerEvent["t"]> = Extract<PlannerEvent, { t: T }>;

export class Planner {
  readonly #state: PlannerState;

  /** Throws RangeError for a budget, minimum or target that no frame can have. */
  constructor(options: PlannerOptions) {
    this.#state = newPlannerState(plannerSettings(options));
  }

  /** `nowMs`: any monotonic clock, not falling. Ticks make overdue and lost units noticed: see isTimeAwaited. */
  step(nowMs: number, event: PlannerEvent): PlannerEffect[] {
    const state = this.#state;
    state.nowMs = nowMs;
    apply(state, event);
    tellRegionDone(state);
    endIfComplete(state);
    if (state.draining.size > 0) nameDrained(state);
    const { effects } = state;
    state.effects = [];
    return effects;
  }

  progress(): Progress {
    return progressOf(this.#state);
  }

  /** Every wanted tile's coarse unit is there, or its samples are. */
  get hasFirstPicture(): boolean {
    const { coarseTileCount, tileCount } = this.#state.wanted;
    return coarseTileCount === tileCount;
  }

  /** A computation has nothing to do until a unit elsewhere is overdue, or the coarse picture was seen: tick each 20-50 ms. */
  get isTimeAwaited(): boolean {
    return this.#state.hungry.size > 0;
  }

  get outcome(): "running" | "paused" | "finished" | "holes" | "stopped" {
    const { phase, hasHoles } = this.#state;
    if (phase === "complete") return hasHoles ? "holes" : "finished";
    return phase;
  }

  get epoch(): number {
    return this.#state.epoch;
  }
}

function apply(state: PlannerState, event: PlannerEvent): void {
  switch (event.t) {
    case "joined":
      join(state, event);
      return;
    case "credit":
    case "started":
    case "done":
    case "verified":
    case "failed":
    case "refused":
    case "left":
      applyOf(state, event);
      return;
    case "quarantined":
      quarantine(state, event.nodeId);
      feedHungry(state);
      return;
    case "taken-out":
      noteTakenOut(state, event.nodeIds);
      return;
    case "drain":
      drain(state, event.computation);
      return;
    case "merged":
      takeMerged(state, event.tiles);
      feedHungry(state);
      return;
    case "ledger":
      takeLedger(state, event.tiles);
      if (state.phase === "complete" && state.openTileCount > 0) state.phase = "running";
      feedAll(state);
      return;
    case "known-hole":
      openHole(state, event.rect, event.fromSample);
      return;
    case "tick":
      askWhereUnitsAre(state);
      nameStuckUnits(state);
      feedHungry(state);
      return;
    case "pause":
      if (state.phase === "running") state.phase = "paused";
      return;
    case "resume":
      if (state.phase === "paused") state.phase = "running";
      feedAll(state);
      return;
    case "stop":
      stop(state);
      return;
    case "region":
      setRegion(state, event.rect, event.isAlone ?? false);
      feedHungry(state);
      return;
    case "budget":
      raiseBudget(state, event.spp);
      if (state.phase === "complete" && state.openTileCount > 0) state.phase = "running";
      feedAll(state);
      return;
    case "edited":
      startEpoch(state, event.epoch);
      return;
  }
}

function join(state: PlannerState, event: EventOf<"joined">): void {
  const before = state.crew.get(event.computation);
  if (before) {
    // A grant that crossed the assignment on which it joins again is still being rendered there, unknown to any lease.
    const units = before.held.map((lease) => lease.planned.unit);
    if (units.length > 0) state.effects.push({ t: "cancel", computation: before.name, units });
    dismiss(state, before, "lost");
  }
  const computation = newComputation(event.computation, Math.max(1, event.threadCount), event.nodeId);
  if (state.verification.wrongNodeIds.has(computation.nodeId)) return;
  if (before) Object.assign(computation.speed, before.speed);
  state.crew.set(computation.name, computation);
  state.loadAge = Number.POSITIVE_INFINITY;
  state.verification.nodeIds = null;
  feedHungry(state);
}

function drain(state: PlannerState, name: string): void {
  const computation = state.crew.get(name);
  if (computation === undefined) state.effects.push({ t: "drained", computation: name });
  else startDraining(state, computation);
  feedHungry(state);
}

/** Events of one computation; those of one that is not there any more mean nothing. */
function applyOf(
  state: PlannerState,
  event: EventOf<"credit" | "started" | "done" | "verified" | "failed" | "refused" | "left">,
): void {
  const computation = state.crew.get(event.computation);
  if (!computation) return;
  switch (event.t) {
    case "credit":
      computation.credit += event.units;
      feed(state, computation);
      return;
    case "started": {
      const lease = leaseOf(computation, event.unit);
      if (lease) startLease(state, lease);
      const next = event.next && leaseOf(computation, event.next);
      if (next) next.isNext = true;
      if (computation.startedCount > computation.threadCount) feed(state, computation);
      return;
    }
    case "done":
      finish(state, computation, event);
      return;
    case "verified":
      takeVote(state, computation, event);
      break;
    case "failed":
      fail(state, computation, event);
      break;
    case "refused":
      setAside(state, computation, event);
      break;
    case "left":
      dismiss(state, computation, event.cause);
      feedHungry(state);
      return;
  }
  feedHungry(state);
  // Its vote may have shown that it is wrong.
  if (state.crew.get(computation.name) === computation) feed(state, computation);
}

/** The first result wins: copies elsewhere are cancelled. Only the merger's report completes the unit. */
function finish(state: PlannerState, computation: Computation, event: EventOf<"done">): void {
  const lease = leaseFor("render", computation, event.unit);
  if (!lease) return;
  const { planned } = lease;
  planned.isHeard = true;
  dropLease(lease);
  computation.finishedCount++;
  state.progressAtMs = state.nowMs;
  if (isCoarse(planned.unit)) measureCoarse(state, planned, event.renderMs, computation);
  else state.cost.measure(event.unit.tileIndex, pixelSampleCount(event.unit), event.renderMs, computation.speed);
  noteWait(state, lease, event);
  cancelLeases(state, planned);
  if (planned.place === "out") {
    if (isCoarse(planned.unit)) retire(state, planned);
    else {
      planned.place = "acknowledged";
      planned.acknowledgedAtMs = state.nowMs;
      state.acknowledged.push(planned);
    }
  }
  beginCheck(state, lease, event.sums);
  // Who waits for the coarse picture to be there, or for a suspect's verdict, goes on when it is.
  if (isCoarse(planned.unit) || planned.crashCount > 0 || state.verification.checks.size > 0) feedHungry(state);
  feed(state, computation);
}

function fail(state: PlannerState, computation: Computation, event: EventOf<"failed">): void {
  const lease = leaseOf(computation, event.unit);
  if (!lease) return;
  if (event.retry === "never") abandon(state, lease, event.reason);
  else blame(state, lease, event.reason);
}

/** Coarse units are as long as they are. */
function noteWait(state: PlannerState, lease: Lease, { unit, renderMs, waitedMs = 0 }: EventOf<"done">): void {
  if (isCoarse(unit)) return;
  const { pressure, threadCount, held } = lease.holder;
  // Reports are up to a millisecond or so late, the first one too.
  const answerMs = lease.isStarted ? Math.max(1, state.nowMs - lease.startedAtMs - renderMs - waitedMs) : null;
  const allThreadCount = () => [...state.crew.values()].reduce((sum, each) => sum + each.threadCount, 0);
  takeMeasured(pressure, { renderMs, waitedMs, answerMs }, { threadCount, heldCount: held.length, allThreadCount });
}

/** Another cut of these samples is in the film: nothing is known about the rest until the ledger comes. */
function setAside(state: PlannerState, computation: Computation, event: EventOf<"refused">): void {
  const lease = leaseFor("render", computation, event.unit);
  if (!lease) return;
  const { planned } = lease;
  if (isCoarse(planned.unit)) {
    giveBack(state, lease);
    return;
  }
  dropLease(lease);
  cancelLeases(state, planned);
  if (planned.place !== "out") return;
  planned.place = "acknowledged";
  planned.acknowledgedAtMs = state.nowMs;
  state.acknowledged.push(planned);
  state.effects.push({ t: "reconcile" });
}

/** Asks for the ledger when a unit was acknowledged and not reported for long, or nothing moves and nobody is at work. */
function askWhereUnitsAre(state: PlannerState): void {
  if (state.phase === "stopped" || state.phase === "complete") return;
  const since = state.nowMs - mergedReportTimeoutMs;
  let oldest = state.acknowledged.peek();
  while (oldest && oldest.place !== "acknowledged") {
    state.acknowledged.shift();
    oldest = state.acknowledged.peek();
  }
  const waits = oldest !== undefined && oldest.acknowledgedAtMs <= since;
  const stalled =
    state.phase !== "paused" &&
    !state.isRegionDone &&
    state.progressAtMs <= since &&
    state.crew.size > 0 &&
    nobodyHoldsAny(state);
  if (!waits && !stalled) return;
  state.effects.push({ t: "reconcile" });
  state.progressAtMs = state.nowMs;
  if (oldest) oldest.acknowledgedAtMs = state.nowMs;
}

function nobodyHoldsAny(state: PlannerState): boolean {
  for (const computation of state.crew.values()) if (computation.held.length > 0) return false;
  return true;
}

function stop(state: PlannerState): void {
  if (state.phase === "stopped" || state.phase === "complete") return;
  endChecks(state);
  cancelAll(state);
  state.phase = "stopped";
  state.effects.push({ t: "complete", outcome: "stopped" });
}

/** An edit ends all work on the old scene, and a stop too. */
function startEpoch(state: PlannerState, epoch: number): void {
  if (epoch <= state.epoch) return;
  cancelAll(state);
  endChecks(state);
  // What they may hold of the new one they say when they show it.
  for (const computation of state.crew.values()) computation.credit = 0;
  state.epoch = epoch;
  state.frame = newFrame(state.settings, state.frame.budgetSpp);
  chooseWanted(state);
  state.returned.clear();
  state.acknowledged.clear();
  state.suspects = [];
  state.aside = [];
  state.isolator = null;
  state.hasHoles = false;
  state.progressAtMs = state.nowMs;
  state.cost.doubt();
  if (state.phase !== "paused") state.phase = "running";
  requeue(state);
  feedAll(state);
}

function endIfComplete(state: PlannerState): void {
  if (state.openTileCount > 0 || (state.phase !== "running" && state.phase !== "paused")) return;
  if (isVerifying(state)) return;
  endChecks(state);
  cancelAll(state);
  state.phase = "complete";
  state.effects.push({ t: "complete", outcome: state.hasHoles ? "holes" : "finished" });
}
