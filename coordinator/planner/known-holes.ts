// Holes of a session that another coordinator began: its planner gave these pixels up, after they had killed renderers
// again and again. Without them this one would find them out anew.
import { areaPx, contains, type PixelRect } from "../../proto/rect.ts";
import { splitCell, type Tile } from "./frame.ts";
import { type PlannerState, queueCell } from "./state.ts";

/**
 * Before anything is granted, and before the ledger, which says what of the earlier samples is missing. A rectangle that
 * bisection does not make is none of this frame's, and means nothing.
 */
export function openHole(state: PlannerState, rect: PixelRect, fromSample: number): void {
  const tile = state.frame.tiles.find((each) => contains(each.rect, rect));
  if (tile === undefined) return;
  cutDownTo(state, tile, rect);
  for (const cell of tile.cells) {
    if (cell.state !== "whole" || !contains(rect, cell.rect)) continue;
    cell.state = "hole";
    cell.holeFrom = fromSample;
    cell.cutEnd = Math.max(cell.cutEnd, fromSample);
    state.hasHoles = true;
  }
}

function cutDownTo(state: PlannerState, tile: Tile, rect: PixelRect): void {
  for (;;) {
    const around = tile.cells.find((cell) => cell.state === "whole" && contains(cell.rect, rect));
    if (around === undefined || around.areaPx === areaPx(rect)) return;
    for (const part of splitCell(tile, around.rect)) queueCell(state, part);
  }
}
