// The frame as the planner sees it: tiles, the cells they are cut into where something failed, and how far each cell's
// samples have been cut into units. Everything below `cutEnd` that is not outstanding is in the film.
import { areaPx, contains, type PixelRect } from "../../proto/rect.ts";
import { quarters, tileRect, tilingOf } from "../../proto/tiling.ts";
import { decisionCountFrom } from "./adaptive.ts";
import type { PlannedUnit } from "./lease.ts";
import type { PlannerSettings } from "./settings.ts";
import { evenTileOrder } from "./tile-order.ts";

/** A tile, or a part of it that is planned by itself. */
export interface Cell {
  readonly tile: Tile;
  readonly rect: PixelRect;
  readonly areaPx: number;
  /** Samples [0, cutEnd) have been made into units. */
  cutEnd: number;
  /** whole: gets samples. hole: gets no more. split: its quarters have taken its place. */
  state: "whole" | "hole" | "split";
  /** Of a hole: its first missing sample; infinite otherwise. */
  holeFrom: number;
  isQueued: boolean;
}

export interface Tile {
  readonly index: number;
  readonly rect: PixelRect;
  readonly areaPx: number;
  /** Position in the even order. */
  readonly rank: number;
  cells: Cell[];
  /** Units that exist and have not been seen merged. */
  outstanding: PlannedUnit[];
  coarse: "wanted" | "out" | "settled";
  /** The count at which the next decision is due; infinite where nothing is adaptive. */
  decisionSpp: number;
  isConverged: boolean;
  /** Something is still to be cut, merged or decided. */
  isOpen: boolean;
  /** false: a region is rendered alone that it is no part of; see region.ts. */
  isWanted: boolean;
  /** From the newest report: samples of every pixel from 0 on without a gap, and all of them times pixels. */
  mergedSpp: number;
  mergedPixelSamples: number;
  error: { readonly value: number; readonly spp: number } | null;
}

export interface Frame {
  readonly tiles: readonly Tile[];
  readonly columnCount: number;
  /** Tile indices, evenly spread. */
  readonly order: readonly number[];
  readonly pixelCount: number;
  budgetSpp: number;
}

export function newFrame(settings: PlannerSettings, budgetSpp: number): Frame {
  const tiling = tilingOf(settings.cropWindow, settings.tileSizePx);
  const order = evenTileOrder(tiling.columnCount, tiling.rowCount);
  const rankOf = new Int32Array(order.length);
  order.forEach((tileIndex, rank) => {
    rankOf[tileIndex] = rank;
  });
  const tiles = Array.from({ length: tiling.tileCount }, (_, index): Tile => {
    const rect = tileRect(tiling, index);
    const tile: Tile = {
      index,
      rect,
      areaPx: areaPx(rect),
      rank: rankOf[index],
      cells: [],
      outstanding: [],
      coarse: settings.coarse ? "wanted" : "settled",
      decisionSpp: settings.adaptive ? decisionCountFrom(settings.adaptive, 1) : Number.POSITIVE_INFINITY,
      isConverged: false,
      isOpen: true,
      isWanted: true,
      mergedSpp: 0,
      mergedPixelSamples: 0,
      error: null,
    };
    tile.cells.push(newCell(tile, rect, 0));
    return tile;
  });
  return { tiles, columnCount: tiling.columnCount, order, pixelCount: areaPx(settings.cropWindow), budgetSpp };
}

export function newCell(tile: Tile, rect: PixelRect, cutEnd: number): Cell {
  return {
    tile,
    rect,
    areaPx: areaPx(rect),
    cutEnd,
    state: "whole",
    holeFrom: Number.POSITIVE_INFINITY,
    isQueued: false,
  };
}

/** How far the tile's samples may be cut now. */
export function limitSpp(frame: Frame, tile: Tile): number {
  return Math.min(tile.decisionSpp, frame.budgetSpp);
}

/** Whether everything of the tile is done for good (until the budget is raised). */
export function isSettled(frame: Frame, tile: Tile): boolean {
  const limit = limitSpp(frame, tile);
  const isFinal = tile.isConverged || tile.decisionSpp >= frame.budgetSpp;
  for (const planned of tile.outstanding) if (planned.unit.stridePx === 1) return false;
  let hasWhole = false;
  for (const cell of tile.cells) {
    if (cell.state !== "whole") continue;
    hasWhole = true;
    if (cell.cutEnd < limit) return false;
  }
  return isFinal || !hasWhole;
}

/** Cuts the cell that is exactly `rect` into quarters; where it has been cut already, nothing changes. */
export function splitCell(tile: Tile, rect: PixelRect): Cell[] {
  const parts: Cell[] = [];
  tile.cells = tile.cells.flatMap((cell) => {
    if (cell.state !== "whole" || !contains(rect, cell.rect) || cell.areaPx !== areaPx(rect)) return [cell];
    cell.state = "split";
    const made = quarters(rect).map((part) => newCell(tile, part, cell.cutEnd));
    parts.push(...made);
    return made;
  });
  return parts;
}

/** The cells inside `rect`, those that still get their sample `sampleIndex` and those that do not. */
export function cellsIn(tile: Tile, rect: PixelRect, sampleIndex: number): { due: Cell[]; holes: Cell[] } {
  const due: Cell[] = [];
  const holes: Cell[] = [];
  for (const cell of tile.cells) {
    if (contains(rect, cell.rect)) (cell.holeFrom > sampleIndex ? due : holes).push(cell);
  }
  return { due, holes };
}
