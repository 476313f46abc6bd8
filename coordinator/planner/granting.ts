// What a computation gets when it may hold more: returned units, coarse units, new cuts; when there is nothing of
// these, a suspect or a copy of an overdue unit.
import { limits } from "../../proto/limits.ts";
import { pixelSampleCount, type Unit } from "../../proto/unit.ts";
import { levelEnd, levelEndBeyond } from "./cell-queue.ts";
import { cutCoarse } from "./coarse-cut.ts";
import { farmLoad, noteCut } from "./farm-load.ts";
import { limitSpp } from "./frame.ts";
import { grantThreadMs, isShort, levelMs, sampleCountWanted } from "./grant-size.ts";
import { overdueAtMs, overdueUnit } from "./hedging.ts";
import { suspectFor } from "./isolation.ts";
import { aheadCount, type Computation, holdsSuspect, type Lease, newPlannedUnit, type PlannedUnit } from "./lease.ts";
import { coarseHoldMsMax, coarseShownMs, unmeasuredSampleCount } from "./settings.ts";
import { type PlannerState, queueCell } from "./state.ts";
import { nextToVerify } from "./verifying.ts";

/** Grants to `computation` what it lacks. */
export function feed(state: PlannerState, computation: Computation): void {
  if (state.phase !== "running" || computation.isDraining) return;
  const roomCount = Math.min(computation.credit, limits.leasedUnitsMax - computation.held.length);
  if (roomCount <= 0 || !isShortNow(computation) || holdsSuspect(computation)) return;
  const lent: PlannedUnit[] = [];
  const isolated = suspectFor(state, computation, hasInnocentWork(state));
  if (isolated.t === "drain") return;
  if (isolated.t === "suspect") lent.push(lend(state, computation, isolated.planned));
  else {
    const targetMs = grantThreadMs(farmLoad(state), computation.threadCount);
    let broughtMs = 0;
    const wantsMore = () =>
      isBlind(state)
        ? computation.held.length <= computation.threadCount
        : broughtMs < targetMs || isShortNow(computation);
    while (lent.length < roomCount && wantsMore()) {
      const planned = nextWork(state, computation) ?? spareWork(state, computation);
      if (!planned) {
        state.hungry.add(computation);
        break;
      }
      const heldMs = computation.heldThreadMs;
      lent.push(lend(state, computation, planned));
      broughtMs += computation.heldThreadMs - heldMs;
      if (planned.crashCount > 0) break;
    }
  }
  tell(
    state,
    computation,
    "grant",
    lent.flatMap(({ check, unit }) => (check === null ? [unit] : [])),
  );
  tell(
    state,
    computation,
    "verify",
    lent.flatMap(({ check, unit }) => (check === null ? [] : [unit])),
  );
}

function tell(state: PlannerState, { name: computation }: Computation, t: "grant" | "verify", units: Unit[]): void {
  for (let at = 0; at < units.length; at += limits.grantUnitsMax) {
    state.effects.push({ t, computation, units: units.slice(at, at + limits.grantUnitsMax) });
  }
}

/** Offers work to those that ran dry; called when some may have come up, and on every tick for overdue units. */
export function feedHungry(state: PlannerState): void {
  if (state.hungry.size === 0) return;
  for (const computation of [...state.hungry]) {
    state.hungry.delete(computation);
    feed(state, computation);
  }
}

export function feedAll(state: PlannerState): void {
  state.hungry.clear();
  for (const computation of state.crew.values()) feed(state, computation);
}

function isShortNow(computation: Computation): boolean {
  const unitCount = aheadCount(computation);
  const share = unitCount / Math.max(1, computation.held.length);
  return isShort({ threadCount: computation.threadCount, unitCount, threadMs: computation.heldThreadMs * share });
}

/**
 * How much of the coarse picture makes a good unit is known as soon as the first one is done: until then what is rendered
 * counts as held, as many small units on their way would only be late.
 */
function isBlind({ cost, coarseTiles }: PlannerState): boolean {
  return !cost.hasMeasured && coarseTiles.size > 0;
}

function hasInnocentWork(state: PlannerState): boolean {
  return state.returned.size > 0 || state.coarseTiles.size > 0 || !state.cells.isEmpty;
}

function nextWork(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  for (let planned = state.returned.shift(); planned; planned = state.returned.shift()) {
    if (planned.place === "queued") return planned;
  }
  const coarse = cutCoarse(state, computation);
  if (coarse !== undefined) return newUnit(coarse);
  if (awaitsFirstPicture(state)) return undefined;
  return nextToVerify(state, computation) ?? cutNext(state, computation);
}

/**
 * Cuts the next range from the cell that is furthest behind. Tiles with a suspect wait until it is cleared: their next
 * ranges would crash as well if a pixel is to blame.
 */
function cutNext(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  const cell = state.cells.take();
  if (!cell) return undefined;
  const { tile, rect, cutEnd: sampleBegin } = cell;
  const limit = limitSpp(state.frame, tile);
  if (sampleBegin >= limit || tile.outstanding.some((planned) => planned.crashCount > 0))
    return cutNext(state, computation);
  const msPerSample = state.cost.predictedMs(tile.index, cell.areaPx, computation.speed);
  const { leastMs } = computation.pressure;
  const { hasMeasured } = state.cost;
  const wanted = hasMeasured ? sampleCountWanted(farmLoad(state), msPerSample, leastMs) : unmeasuredSampleCount;
  const level = hasMeasured ? levelEndBeyond(sampleBegin, levelMs(leastMs) / msPerSample) : levelEnd(sampleBegin);
  const sampleEnd = Math.min(sampleBegin + wanted, level, limit);
  cell.cutEnd = sampleEnd;
  queueCell(state, cell);
  noteCut(state, (sampleEnd - sampleBegin) * msPerSample, computation);
  const unit = { epoch: state.epoch, tileIndex: tile.index, rect, sampleBegin, sampleEnd, stridePx: 1 };
  return newUnit(newPlannedUnit(tile, unit));
}

function newUnit(planned: PlannedUnit): PlannedUnit {
  planned.tile.outstanding.push(planned);
  return planned;
}

/**
 * All of the coarse picture is out, or just came: samples of the film would compete with it for processors, the
 * computations' own and those of the merger and of whoever shows it. Not for long, as one of its units may hang.
 */
function awaitsFirstPicture({ wanted, nowMs, coarseCutAtMs, coarseWholeAtMs }: PlannerState): boolean {
  if (wanted.coarseTileCount === wanted.tileCount) return nowMs - coarseWholeAtMs < coarseShownMs;
  return nowMs - coarseCutAtMs < coarseHoldMsMax;
}

/** For a computation with a thread that would idle: a copy of what is overdue elsewhere. */
function spareWork(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  if (aheadCount(computation) >= computation.threadCount) return undefined;
  return overdueUnit(state, computation);
}

function lend(state: PlannerState, computation: Computation, planned: PlannedUnit): PlannedUnit {
  const { unit, tile } = planned;
  const predictedMs = state.cost.predictedMs(tile.index, pixelSampleCount(unit), computation.speed);
  const lease: Lease = {
    planned,
    holder: computation,
    predictedMs,
    isStarted: false,
    isNext: false,
    startedAtMs: 0,
    stuckAtMs: Number.POSITIVE_INFINITY,
    overdueAtMs: overdueAtMs(state, planned, computation, predictedMs),
  };
  planned.place = "out";
  planned.leases.push(lease);
  computation.held.push(lease);
  computation.heldThreadMs += predictedMs;
  computation.credit--;
  state.grantedCount++;
  state.loadAge++;
  state.nextHedgeAtMs = Math.min(state.nextHedgeAtMs, lease.overdueAtMs);
  return planned;
}
