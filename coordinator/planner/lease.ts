// Who holds which unit: the records that planner events change.

import { sameUnit, type Unit } from "../../proto/unit.ts";
import { type BackPressure, noPressure } from "./back-pressure.ts";
import type { SpeedEstimate } from "./cost-model.ts";
import { unknownSpeed } from "./cost-model.ts";
import type { Tile } from "./frame.ts";
import type { Check } from "./verification.ts";

/** A unit from its cut until the merger reports it. */
export interface PlannedUnit {
  readonly unit: Unit;
  /** Of a coarse unit the first that it covers. */
  readonly tile: Tile;
  /** All that it is for; several only of a coarse one, which may cover others too. */
  readonly tiles: readonly Tile[];
  /**
   * queued: waits to be granted (again). out: at least one lease. acknowledged: its computation says that the merger
   * has it. gone: merged, given up, or replaced by its parts; records of it in queues are skipped.
   */
  place: "queued" | "out" | "acknowledged" | "gone";
  leases: Lease[];
  /** Crashes that it may have caused: above 0 it is a suspect. */
  crashCount: number;
  lastFailedOn: string | null;
  acknowledgedAtMs: number;
  /** That it was rendered, a computation has said, or an effect has. */
  isHeard: boolean;
  /** Set: the unit is in the film or on its way there, and is rendered here only to be compared. */
  readonly check: Check | null;
}

export interface Lease {
  readonly planned: PlannedUnit;
  readonly holder: Computation;
  /** One thread's time. */
  readonly predictedMs: number;
  isStarted: boolean;
  /** Begun after another unit, perhaps before that is heard: a crash is blamed on it as if it were started. */
  isNext: boolean;
  startedAtMs: number;
  /** From when on an idle computation may get a copy. */
  overdueAtMs: number;
  /** From when on it is taken for hung; infinite before it started, and once that was said. */
  stuckAtMs: number;
}

export interface Computation {
  readonly name: string;
  readonly nodeId: string;
  readonly threadCount: number;
  readonly speed: SpeedEstimate;
  readonly pressure: BackPressure;
  /** It is to leave, and gets nothing more. */
  isDraining: boolean;
  credit: number;
  held: Lease[];
  /** Predicted time of one thread for all that is held. */
  heldThreadMs: number;
  /** How many of the held ones a thread has begun. */
  startedCount: number;
  /** Units that it has finished since it joined. */
  finishedCount: number;
}

export function newPlannedUnit(
  tile: Tile,
  unit: Unit,
  check: Check | null = null,
  tiles: readonly Tile[] = [tile],
): PlannedUnit {
  return {
    unit,
    tile,
    tiles,
    place: "queued",
    leases: [],
    crashCount: 0,
    lastFailedOn: null,
    acknowledgedAtMs: 0,
    isHeard: false,
    check,
  };
}

/** Of a coarse unit, any of its tiles. */
export function isWanted({ tiles }: PlannedUnit): boolean {
  return tiles.some((tile) => tile.isWanted);
}

export function newComputation(name: string, threadCount: number, nodeId = name): Computation {
  return {
    name,
    nodeId,
    threadCount,
    speed: unknownSpeed(),
    pressure: noPressure(),
    isDraining: false,
    credit: 0,
    held: [],
    heldThreadMs: 0,
    startedCount: 0,
    finishedCount: 0,
  };
}

export function leaseOf(computation: Computation, unit: Unit): Lease | undefined {
  for (const lease of computation.held) if (sameUnit(lease.planned.unit, unit)) return lease;
  return undefined;
}

/** As `leaseOf`, of a unit that is to be contributed, or is not: a computation never holds it as both. */
export function leaseFor(what: "render" | "verify", computation: Computation, unit: Unit): Lease | undefined {
  const lease = leaseOf(computation, unit);
  return lease !== undefined && (lease.planned.check !== null) === (what === "verify") ? lease : undefined;
}

/** Ends one lease, at its holder and at its unit. */
export function dropLease(lease: Lease): void {
  const { holder, planned } = lease;
  if (removeFrom(holder.held, lease) && lease.isStarted) holder.startedCount--;
  removeFrom(planned.leases, lease);
  // Starting again from nothing keeps rounding errors from adding up.
  holder.heldThreadMs = holder.held.length === 0 ? 0 : holder.heldThreadMs - lease.predictedMs;
}

export function holdsSuspect(computation: Computation): boolean {
  return computation.held.some((lease) => lease.planned.crashCount > 0);
}

/**
 * The held units that keep its threads busy. Of more begun ones than it has threads the others are rendered and on their
 * way to the merger, and a thread would idle if they counted while the merger is slow to take them.
 */
export function aheadCount({ held, startedCount, threadCount }: Computation): number {
  return held.length - Math.max(0, startedCount - threadCount);
}

/** Whether it was there. */
export function removeFrom<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
