// How much work is left for how much power: what unit and grant sizes depend on.
import { limitSpp } from "./frame.ts";
import type { FarmLoad } from "./grant-size.ts";
import type { Computation } from "./lease.ts";
import type { PlannerState } from "./state.ts";

/**
 * Summing anew costs a step for each tile and computation; one unit in this many changes the sum little. With 2,000
 * computations, or in a 16K frame of 65,536 tiles, more often would be most of the planner's time.
 */
const tilesPerUnit = 64;
const computationsPerUnit = 4;

/** Remaining work ÷ power of all threads; summed anew now and then, kept up by `noteCut` in between. */
export function farmLoad(state: PlannerState): FarmLoad {
  const { frame, load } = state;
  load.firstPictureMissing = state.coarseTiles.size > 0 || state.cells.firstPassIsOpen;
  if (state.loadAge < frame.tiles.length / tilesPerUnit + state.crew.size / computationsPerUnit) return load;
  state.loadAge = 0;
  state.power = 0;
  for (const { threadCount, speed, isDraining } of state.crew.values()) {
    if (!isDraining) state.power += threadCount * speed.speed;
  }
  let threadMs = 0;
  for (const tile of frame.tiles) {
    if (!tile.isOpen || !tile.isWanted) continue;
    const limit = limitSpp(frame, tile);
    let pixelSamples = 0;
    for (const cell of tile.cells) {
      if (cell.state === "whole" && cell.cutEnd < limit) pixelSamples += cell.areaPx * (limit - cell.cutEnd);
    }
    if (pixelSamples > 0) threadMs += pixelSamples * state.cost.costMs(tile.index);
  }
  load.restMs = state.power > 0 ? threadMs / state.power : threadMs;
  return load;
}

/** A unit of so much time of one thread of `computation` was cut off. */
export function noteCut(state: PlannerState, threadMs: number, computation: Computation): void {
  const { load } = state;
  if (state.power > 0) load.restMs = Math.max(0, load.restMs - (threadMs * computation.speed.speed) / state.power);
}
