// Copies of units that take too long, for computations that have nothing else to do: a slow or dead node then costs
// one unit's time and not the frame's. The film does not care: the second result is dropped by its key.

import { isCoarse } from "../../proto/unit.ts";
import { cellsIn } from "./frame.ts";
import type { Computation, Lease, PlannedUnit } from "./lease.ts";
import { hedgeFactor, hedgeShareMax, roundTripMs, stuckFactor, stuckMsMin } from "./settings.ts";
import { cancelLeases, type PlannerState } from "./state.ts";

/** How often the leases are searched at most while none is overdue. */
const searchIntervalMs = 10;
const stuckSearchIntervalMs = 1_000;

/** When a unit that is granted now is late: 1.5 × the 95th percentile of the time until its end. */
export function overdueAtMs(
  state: PlannerState,
  planned: PlannedUnit,
  computation: Computation,
  predictedMs: number,
): number {
  const waitingMs = computation.heldThreadMs / computation.threadCount;
  const p95 = state.cost.p95Factor(planned.tile.index, computation.speed);
  return state.nowMs + roundTripMs + hedgeFactor * p95 * (waitingMs + predictedMs);
}

/** A thread began with it: from now on only its own time counts. */
export function startLease(state: PlannerState, lease: Lease): void {
  if (lease.isStarted) return;
  lease.isStarted = true;
  lease.holder.startedCount++;
  lease.startedAtMs = state.nowMs;
  const p95 = state.cost.p95Factor(lease.planned.tile.index, lease.holder.speed);
  lease.overdueAtMs = state.nowMs + roundTripMs + hedgeFactor * p95 * lease.predictedMs;
  lease.stuckAtMs = state.nowMs + Math.max(stuckMsMin, stuckFactor * p95 * lease.predictedMs);
  state.nextHedgeAtMs = Math.min(state.nextHedgeAtMs, lease.overdueAtMs);
}

/** Names the units that hang, each once: a renderer in an endless loop dies of nothing by itself. */
export function nameStuckUnits(state: PlannerState): void {
  if (state.nowMs < state.nextStuckSearchAtMs) return;
  state.nextStuckSearchAtMs = state.nowMs + stuckSearchIntervalMs;
  for (const { name: computation, held } of state.crew.values()) {
    for (const lease of held) {
      if (lease.stuckAtMs > state.nowMs) continue;
      lease.stuckAtMs = Number.POSITIVE_INFINITY;
      const runningMs = state.nowMs - lease.startedAtMs;
      state.effects.push({ t: "stuck", computation, unit: lease.planned.unit, runningMs });
    }
  }
}

/**
 * The unit that is overdue longest, elsewhere. One that had not started is taken back: its holder hears of it and no
 * work is done twice. One that had gets a copy, while copies are below their share.
 */
export function overdueUnit(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  if (state.nowMs < state.nextHedgeAtMs) return undefined;
  const copiesAreLeft = state.hedgedCount + 1 <= hedgeShareMax * state.grantedCount;
  let latest: Lease | undefined;
  let nextAtMs = Number.POSITIVE_INFINITY;
  for (const other of state.crew.values()) {
    for (const lease of other.held) {
      if (!mayBeCopied(lease) || (lease.isStarted && !copiesAreLeft)) continue;
      nextAtMs = Math.min(nextAtMs, lease.overdueAtMs);
      const { check } = lease.planned;
      if (check?.votes.some(({ nodeId }) => nodeId === computation.nodeId)) continue;
      if (other !== computation && (!latest || lease.overdueAtMs < latest.overdueAtMs)) latest = lease;
    }
  }
  if (!latest || latest.overdueAtMs > state.nowMs) {
    state.nextHedgeAtMs = Math.max(nextAtMs, state.nowMs + searchIntervalMs);
    return undefined;
  }
  const { planned } = latest;
  if (latest.isStarted) state.hedgedCount++;
  else cancelLeases(state, planned);
  return planned;
}

/** Not what is suspected or not wanted, and not what reaches into a hole: that gets another cut when it comes back. */
function mayBeCopied({ planned }: Lease): boolean {
  const { unit, tile } = planned;
  if (planned.place !== "out" || planned.leases.length !== 1 || planned.crashCount > 0 || isCoarse(unit)) return false;
  if (!tile.isWanted) return false;
  return tile.cells.length === 1 || cellsIn(tile, unit.rect, unit.sampleBegin).holes.length === 0;
}
