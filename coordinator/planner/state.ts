// The planner's one mutable state, and the few changes to it that every part needs.
import { intersection, isEmpty, type PixelRect } from "../../proto/rect.ts";
import { isCoarse, type Unit } from "../../proto/unit.ts";
import { CellQueue } from "./cell-queue.ts";
import { CostModel } from "./cost-model.ts";
import type { PlannerEffect } from "./events.ts";
import { Fifo } from "./fifo.ts";
import { type Cell, type Frame, isSettled, limitSpp, newFrame, type Tile } from "./frame.ts";
import type { FarmLoad } from "./grant-size.ts";
import { type Computation, dropLease, type Lease, type PlannedUnit } from "./lease.ts";
import type { PlannerSettings } from "./settings.ts";
import { newVerification, type Verification } from "./verification.ts";

export interface PlannerState {
  readonly settings: PlannerSettings;
  nowMs: number;
  phase: "running" | "paused" | "stopped" | "complete";
  epoch: number;
  frame: Frame;
  readonly cost: CostModel;
  readonly crew: Map<string, Computation>;
  region: PixelRect | null;
  /** Nothing is granted but what touches the region. */
  isRegionAlone: boolean;
  /** So it is, and the region has all that it is to have, as was told. */
  isRegionDone: boolean;
  /** Tiles that wait for their coarse unit, in even order. */
  coarseTiles: Fifo<Tile>;
  /** How many of the wanted tiles still want one that is not out. */
  coarseLeftCount: number;
  /** Coarse units that were cut since that queue was made; and when the last one was. */
  coarseCutCount: number;
  coarseCutAtMs: number;
  /** When its last unit ended. Not where samples of the film make it needless: then nobody waits for it. */
  coarseWholeAtMs: number;
  readonly cells: CellQueue;
  /** Cut already, and blamed for nothing. */
  readonly returned: Fifo<PlannedUnit>;
  /** Cut already, and run alone; see isolation.ts for the order. */
  suspects: PlannedUnit[];
  /** Cut already, of tiles that are not wanted: they come back when those are wanted again. */
  aside: PlannedUnit[];
  /** The computation that is being emptied, or is used, for suspects. */
  isolator: Computation | null;
  /** Computations that could hold more than there was to grant; in the order in which they ran dry. */
  readonly hungry: Set<Computation>;
  /** Computations that are to leave and hold something still. */
  readonly draining: Set<Computation>;
  readonly acknowledged: Fifo<PlannedUnit>;
  readonly verification: Verification;
  openTileCount: number;
  /** Tiles whose coarse unit is there, or is not needed any more. */
  coarseTileCount: number;
  /** Of the wanted tiles, which are all of them unless a region is rendered alone. */
  readonly wanted: { tileCount: number; openTileCount: number; coarseTileCount: number };
  hasHoles: boolean;
  grantedCount: number;
  hedgedCount: number;
  bisectedCount: number;
  nextHedgeAtMs: number;
  nextStuckSearchAtMs: number;
  /** The last event that brought the frame nearer to its end. */
  progressAtMs: number;
  readonly load: FarmLoad;
  /** Threads × speeds, of the same moment as `load`. */
  power: number;
  loadAge: number;
  effects: PlannerEffect[];
}

export function newPlannerState(settings: PlannerSettings): PlannerState {
  const frame = newFrame(settings, settings.budgetSpp);
  const state: PlannerState = {
    settings,
    nowMs: 0,
    phase: "running",
    epoch: settings.epoch,
    frame,
    cost: new CostModel(frame.tiles.length),
    crew: new Map(),
    region: null,
    isRegionAlone: false,
    isRegionDone: false,
    coarseTiles: new Fifo(),
    coarseLeftCount: 0,
    coarseCutCount: 0,
    coarseCutAtMs: Number.NEGATIVE_INFINITY,
    coarseWholeAtMs: Number.NEGATIVE_INFINITY,
    cells: new CellQueue(),
    returned: new Fifo(),
    suspects: [],
    aside: [],
    isolator: null,
    hungry: new Set(),
    draining: new Set(),
    acknowledged: new Fifo(),
    verification: newVerification(),
    openTileCount: 0,
    coarseTileCount: 0,
    wanted: { tileCount: 0, openTileCount: 0, coarseTileCount: 0 },
    hasHoles: false,
    grantedCount: 0,
    hedgedCount: 0,
    bisectedCount: 0,
    nextHedgeAtMs: 0,
    nextStuckSearchAtMs: 0,
    progressAtMs: 0,
    load: { restMs: 0, firstPictureMissing: true },
    power: 0,
    loadAge: Number.POSITIVE_INFINITY,
    effects: [],
  };
  countTiles(state);
  requeue(state);
  return state;
}

/** After a change of all tiles, or of which are wanted; what happens to single ones is counted as it happens. */
export function countTiles(state: PlannerState): void {
  const countOf = (tiles: readonly Tile[]) => ({
    tileCount: tiles.length,
    openTileCount: tiles.filter((tile) => tile.isOpen).length,
    coarseTileCount: tiles.filter((tile) => tile.coarse === "settled").length,
  });
  const { tiles } = state.frame;
  const { openTileCount, coarseTileCount } = countOf(tiles);
  Object.assign(state, { openTileCount, coarseTileCount });
  Object.assign(state.wanted, countOf(tiles.filter((tile) => tile.isWanted)));
}

/** Puts every wanted tile and cell that needs more into its queue, those of the region first. */
export function requeue(state: PlannerState): void {
  const { frame } = state;
  state.cells.clear();
  state.coarseTiles = new Fifo();
  state.coarseLeftCount = 0;
  state.coarseCutCount = 0;
  const ordered = frame.order.map((tileIndex) => frame.tiles[tileIndex]).filter((tile) => tile.isWanted);
  const first = ordered.filter((tile) => isInRegion(state, tile));
  const rest = ordered.filter((tile) => !isInRegion(state, tile));
  for (const tile of [...first, ...rest]) {
    if (tile.coarse === "wanted") {
      state.coarseTiles.push(tile);
      state.coarseLeftCount += 1;
    }
    for (const cell of tile.cells) queueCell(state, cell);
  }
  state.loadAge = Number.POSITIVE_INFINITY;
}

export function queueCell(state: PlannerState, cell: Cell): void {
  const { tile } = cell;
  if (!tile.isWanted || cell.state !== "whole" || cell.cutEnd >= limitSpp(state.frame, tile)) return;
  state.cells.push(cell, isInRegion(state, tile));
}

export function isInRegion(state: PlannerState, tile: Tile): boolean {
  return state.region !== null && !isEmpty(intersection(state.region, tile.rect));
}

/** Brings `tile.isOpen` up to date; called wherever something of the tile ended or began. */
export function settle(state: PlannerState, tile: Tile): void {
  const isOpen = !isSettled(state.frame, tile);
  if (isOpen === tile.isOpen) return;
  tile.isOpen = isOpen;
  state.openTileCount += isOpen ? 1 : -1;
  if (tile.isWanted) state.wanted.openTileCount += isOpen ? 1 : -1;
}

export function settleCoarse(state: PlannerState, tile: Tile): void {
  if (tile.coarse === "settled") return;
  if (tile.coarse === "wanted" && tile.isWanted) state.coarseLeftCount -= 1;
  tile.coarse = "settled";
  state.coarseTileCount += 1;
  if (tile.isWanted) state.wanted.coarseTileCount += 1;
}

/** Ends a unit's life; its leases, if any, run out by themselves. */
export function retire(state: PlannerState, planned: PlannedUnit): void {
  if (planned.place === "gone") return;
  planned.place = "gone";
  const { tile } = planned;
  const at = tile.outstanding.indexOf(planned);
  if (at >= 0) tile.outstanding.splice(at, 1);
  if (isCoarse(planned.unit)) {
    for (const each of planned.tiles) settleCoarse(state, each);
    if (state.wanted.coarseTileCount === state.wanted.tileCount) state.coarseWholeAtMs = state.nowMs;
  }
  if (planned.crashCount > 0) for (const cell of tile.cells) queueCell(state, cell);
  state.progressAtMs = state.nowMs;
}

/** Cancels the leases of `planned`, for nobody needs their results. */
export function cancelLeases(state: PlannerState, planned: PlannedUnit): void {
  for (const lease of planned.leases.slice()) {
    state.effects.push({ t: "cancel", computation: lease.holder.name, units: [planned.unit] });
    endUnheard(state, lease);
  }
}

/** Cancels whatever is held anywhere. */
export function cancelAll(state: PlannerState): void {
  for (const computation of state.crew.values()) {
    const units: Unit[] = computation.held.map((lease) => lease.planned.unit);
    for (const lease of computation.held.slice()) endUnheard(state, lease);
    if (units.length > 0) state.effects.push({ t: "cancel", computation: computation.name, units });
  }
}

/** Ends a lease whose holder has not said how it went. Where the film has the unit, whoever counts is told. */
export function endUnheard(state: PlannerState, lease: Lease): void {
  dropLease(lease);
  const { planned } = lease;
  // Given up or narrowed down, a unit has no leases; so it was merged.
  if (planned.place !== "gone" || planned.isHeard || planned.check !== null || isCoarse(planned.unit)) return;
  planned.isHeard = true;
  state.effects.push({ t: "unheard", unit: planned.unit });
}
