// What the merger says is in the film: completes units, moves adaptive tiles on and, as a whole ledger, decides what
// has to be rendered again.
import { areaPx, contains, intersection, isEmpty, type PixelRect } from "../../proto/rect.ts";
import { SampleIntervals } from "../../proto/sample-intervals.ts";
import { isCoarse, type Unit } from "../../proto/unit.ts";
import { decisionCountFrom, verdictAt } from "./adaptive.ts";
import { leastMsOfAny } from "./back-pressure.ts";
import { levelEnd } from "./cell-queue.ts";
import { endCheck } from "./checks.ts";
import { decideAnew } from "./deciding-anew.ts";
import type { TileReport } from "./events.ts";
import { farmLoad } from "./farm-load.ts";
import { type Cell, isSettled, limitSpp, newCell, type Tile } from "./frame.ts";
import { sampleCountWanted } from "./grant-size.ts";
import type { PlannedUnit } from "./lease.ts";
import { addQueued, takeBack } from "./returning.ts";
import {
  cancelLeases,
  countTiles,
  type PlannerState,
  queueCell,
  requeue,
  retire,
  settle,
  settleCoarse,
} from "./state.ts";
import { endTakingOut } from "./verifying.ts";

/** A tile's report, ready to be asked. */
interface Coverage {
  readonly cells: readonly { readonly rect: PixelRect; readonly samples: SampleIntervals }[];
}

/** A part of the ledger, possibly stale or repeated: only adds. */
export function takeMerged(state: PlannerState, reports: readonly TileReport[]): void {
  for (const report of reports) {
    const tile = state.frame.tiles[report.tileIndex];
    if (!tile) continue;
    const coverage = coverageOf(tile, report);
    for (const planned of tile.outstanding.slice()) {
      if (!isCoarse(planned.unit) && coveredPart(coverage, planned.unit) === "all") retire(state, planned);
    }
    const isNewest = count(state, tile, coverage, "grow");
    if (report.error && (!tile.error || report.error.spp >= tile.error.spp)) tile.error = report.error;
    decide(state, tile, isNewest);
    settle(state, tile);
  }
}

/** The whole ledger: tiles that it does not name are empty. */
export function takeLedger(state: PlannerState, reports: readonly TileReport[]): void {
  cancelLeasesOfMerged(state);
  const isTakenOut = endTakingOut(state);
  const hasWrongNodes = state.verification.wrongNodeIds.size > 0;
  const byTile = new Map(reports.map((report) => [report.tileIndex, report]));
  const coverageIn = (tile: Tile) => coverageOf(tile, byTile.get(tile.index) ?? { tileIndex: tile.index, ranges: [] });
  // What is not in the film is rendered again, and compared then.
  for (const check of [...state.verification.checks.values()]) {
    if (coveredPart(coverageIn(check.tile), check.unit) !== "all") endCheck(state, check);
  }
  for (const tile of state.frame.tiles) {
    // So are all of a new film, whose ledger the first picture waits for.
    if (!hasWrongNodes && !isTakenOut && isUntouched(tile) && !byTile.has(tile.index)) continue;
    const coverage = coverageIn(tile);
    // Those with holes have no errors at some counts.
    if (isTakenOut || (hasWrongNodes && tile.cells.length === 1)) decideAnew(state, tile, byTile.get(tile.index));
    tile.cells = refined(tile, coverage);
    for (const planned of tile.outstanding.slice()) keepOrDrop(state, planned, coverage);
    for (const cell of tile.cells) queueMissing(state, cell, coverage);
    count(state, tile, coverage, "replace");
    tile.error = byTile.get(tile.index)?.error ?? null;
    if (state.settings.adaptive) {
      const cutEnd = Math.max(...tile.cells.map((cell) => cell.cutEnd));
      tile.decisionSpp = Math.max(tile.decisionSpp, decisionCountFrom(state.settings.adaptive, cutEnd));
    }
    decide(state, tile, true);
    settle(state, tile);
  }
  state.acknowledged.clear();
  state.progressAtMs = state.nowMs;
  requeue(state);
}

/** No sample of it was ever cut, so that a ledger without it says nothing new. */
function isUntouched({ cells, outstanding, mergedPixelSamples, error, isConverged }: Tile): boolean {
  const [cell] = cells;
  const isCut = cells.length > 1 || cell?.cutEnd !== 0 || cell.state !== "whole";
  return !isCut && outstanding.length === 0 && mergedPixelSamples === 0 && error === null && !isConverged;
}

/** Decides whether an adaptive tile goes on, once its error at exactly the due count is known. */
export function decide(state: PlannerState, tile: Tile, reportIsNewest: boolean): void {
  const { adaptive } = state.settings;
  const { frame } = state;
  if (!adaptive || tile.isConverged || tile.decisionSpp > frame.budgetSpp) return;
  const whole = tile.cells.filter((cell) => cell.state === "whole");
  if (whole.length === 0 || whole.some((cell) => cell.cutEnd < tile.decisionSpp)) return;
  if (tile.outstanding.some((planned) => !isCoarse(planned.unit))) return;
  let error = tile.error?.spp === tile.decisionSpp ? tile.error.value : undefined;
  // With a hole the tile never has that count everywhere; the error of the moment at which the rest has it is as fixed.
  if (whole.length < tile.cells.length) {
    if (!reportIsNewest) return;
    error = tile.error?.value ?? Number.POSITIVE_INFINITY;
  }
  const verdict = verdictAt(adaptive, tile.decisionSpp, error);
  if (verdict.t === "wait") return;
  state.progressAtMs = state.nowMs;
  if (verdict.t === "converged") tile.isConverged = true;
  else {
    tile.decisionSpp = verdict.decisionSpp;
    for (const cell of whole) queueCell(state, cell);
  }
}

function coverageOf(tile: Tile, report: TileReport): Coverage {
  const cells = report.cells ?? [{ rect: tile.rect, ranges: report.ranges }];
  return { cells: cells.map((cell) => ({ rect: cell.rect, samples: SampleIntervals.of(cell.ranges) })) };
}

function coveredPart(coverage: Coverage, unit: Unit): "none" | "all" | "partial" {
  let part: "none" | "all" | "partial" | undefined;
  for (const { rect, samples } of coverage.cells) {
    if (coverage.cells.length > 1 && isEmpty(intersection(rect, unit.rect))) continue;
    const here = samples.covers(unit.sampleBegin, unit.sampleEnd);
    if (here === "partial" || (part !== undefined && here !== part)) return "partial";
    part = here;
  }
  return part ?? "none";
}

/** Updates the tile's counts; says whether the report is at least as new as any before it. */
function count(state: PlannerState, tile: Tile, coverage: Coverage, how: "grow" | "replace"): boolean {
  let spp = Number.POSITIVE_INFINITY;
  let pixelSamples = 0;
  for (const { rect, samples } of coverage.cells) {
    spp = Math.min(spp, samples.contiguousEnd());
    pixelSamples += areaPx(rect) * samples.sampleCount;
  }
  if (how === "grow" && pixelSamples < tile.mergedPixelSamples) return false;
  tile.mergedSpp = spp;
  tile.mergedPixelSamples = pixelSamples;
  if (spp > 0 && tile.coarse === "wanted") settleCoarse(state, tile);
  return true;
}

/** The planner's cells, cut as finely as the ledger's; what is in the ledger counts as cut. */
function refined(tile: Tile, coverage: Coverage): Cell[] {
  return tile.cells.flatMap((cell) =>
    coverage.cells.flatMap(({ rect, samples }) => {
      const common = intersection(cell.rect, rect);
      if (isEmpty(common)) return [];
      const cutEnd = Math.max(cell.cutEnd, samples.ranges().at(-1)?.end ?? 0);
      const part = newCell(tile, common, cutEnd);
      part.state = cell.state;
      part.holeFrom = cell.holeFrom;
      return [part];
    }),
  );
}

/**
 * Units that were seen merged and whose holder has not said so yet may be missing again: they would be granted a second
 * time to the computation that holds them.
 */
function cancelLeasesOfMerged(state: PlannerState): void {
  for (const { held } of state.crew.values()) {
    for (const { planned } of held.slice()) if (planned.place === "gone") cancelLeases(state, planned);
  }
}

/** After it, everything outstanding is missing in the film as a whole and in its present cut. */
function keepOrDrop(state: PlannerState, planned: PlannedUnit, coverage: Coverage): void {
  if (isCoarse(planned.unit)) return;
  const part = coveredPart(coverage, planned.unit);
  if (part !== "none") {
    // Partly there: another cut is in the film, this one would be refused, and what is missing is queued below.
    if (part === "partial") cancelLeases(state, planned);
    retire(state, planned);
  } else if (planned.place === "acknowledged") takeBack(state, planned);
}

/** Queues what is missing in a cell below its `cutEnd` and not outstanding, in pieces of the present unit length. */
function queueMissing(state: PlannerState, cell: Cell, coverage: Coverage): void {
  const { tile, rect } = cell;
  const known = new SampleIntervals();
  for (const { rect: covered, samples } of coverage.cells) {
    if (contains(covered, rect)) for (const range of samples.ranges()) known.add(range.begin, range.end);
  }
  for (const { unit } of tile.outstanding) {
    if (!isCoarse(unit) && contains(unit.rect, rect)) known.add(unit.sampleBegin, unit.sampleEnd);
  }
  const gaps = known.missing(0, Math.min(cell.cutEnd, cell.holeFrom));
  const last = gaps.at(-1);
  if (last?.end === cell.cutEnd && cell.state === "whole") {
    cell.cutEnd = last.begin;
    gaps.pop();
  }
  if (gaps.length === 0) return;
  const msPerSample = Math.max(1e-9, state.cost.costMs(tile.index) * cell.areaPx);
  const wanted = sampleCountWanted(farmLoad(state), msPerSample, leastMsOfAny(state.crew.values()));
  for (const gap of gaps) {
    for (let begin = gap.begin; begin < gap.end; ) {
      const end = Math.min(gap.end, begin + wanted, levelEnd(begin));
      addQueued(state, tile, {
        epoch: state.epoch,
        tileIndex: tile.index,
        rect,
        sampleBegin: begin,
        sampleEnd: end,
        stridePx: 1,
      });
      begin = end;
    }
  }
}

/** Raises the budget; tiles that ended at the old one go on. */
export function raiseBudget(state: PlannerState, spp: number): void {
  const { frame } = state;
  if (!Number.isInteger(spp) || spp < frame.budgetSpp) {
    throw new RangeError(`budget is ${spp}; it can only be raised from ${frame.budgetSpp}, in whole samples`);
  }
  if (spp === frame.budgetSpp) return;
  frame.budgetSpp = spp;
  for (const tile of frame.tiles) {
    decide(state, tile, true);
    settle(state, tile);
    for (const cell of tile.cells) if (cell.cutEnd < limitSpp(frame, tile)) queueCell(state, cell);
    tile.isOpen = !isSettled(frame, tile);
  }
  countTiles(state);
  state.loadAge = Number.POSITIVE_INFINITY;
}
