// How far a frame is: numbers for people and programs, from the planner's state alone.
import { type Frame, limitSpp, type Tile } from "./frame.ts";
import type { PlannerState } from "./state.ts";

/** Of the region's tiles, while a region is rendered alone; otherwise of the frame. */
export interface Progress {
  readonly budgetSpp: number;
  /** Merged samples per pixel: over all pixels, and of the tile that has least (pixels in holes excepted). */
  readonly sppMean: number;
  readonly sppMin: number;
  /** Of the samples that are due as far as is known: an adaptive frame may end early. 0 to 1. */
  readonly fraction: number;
  /** Merged, in samples times pixels; always of the frame. */
  readonly pixelSamples: number;
  /** Root mean square of the tiles' errors, by area, and the largest; null until all have been estimated once. */
  readonly errorRms: number | null;
  readonly errorMax: number | null;
  /** Rendering time left on the present computations; null without any, or before something was measured. */
  readonly restMs: number | null;
  readonly coarseTileCount: number;
  readonly openTileCount: number;
  readonly tileCount: number;
  readonly computationCount: number;
  /** Units granted so far, and how many of them were copies of overdue ones. */
  readonly grantedCount: number;
  readonly hedgedCount: number;
  /** Units that were cut smaller because they kept failing. */
  readonly bisectedCount: number;
  /** Units on which two nodes agreed, and chosen ones that nobody else could render: see verifying.ts. */
  readonly verifiedCount: number;
  readonly uncheckedCount: number;
}

export function progressOf(state: PlannerState): Progress {
  const { frame, crew } = state;
  const { tiles, pixelCount } = scopeOf(state);
  let mergedPixelSamples = 0;
  let pixelSamples = 0;
  let duePixelSamples = 0;
  let sppMin = Number.POSITIVE_INFINITY;
  for (const tile of frame.tiles) pixelSamples += tile.mergedPixelSamples;
  for (const tile of tiles) {
    mergedPixelSamples += tile.mergedPixelSamples;
    duePixelSamples += tile.isOpen ? tile.areaPx * openDueSpp(state, tile) : tile.mergedPixelSamples;
    if (tile.cells.every((cell) => cell.state === "whole")) sppMin = Math.min(sppMin, tile.mergedSpp);
  }
  return {
    budgetSpp: frame.budgetSpp,
    sppMean: mergedPixelSamples / pixelCount,
    sppMin: sppMin === Number.POSITIVE_INFINITY ? 0 : sppMin,
    fraction: duePixelSamples > 0 ? Math.min(1, mergedPixelSamples / duePixelSamples) : 1,
    pixelSamples,
    ...errorsOf(tiles, pixelCount),
    restMs: pixelSamples === 0 ? null : restMsOf(state, tiles),
    coarseTileCount: tiles === frame.tiles ? state.coarseTileCount : state.wanted.coarseTileCount,
    openTileCount: tiles === frame.tiles ? state.openTileCount : state.wanted.openTileCount,
    tileCount: tiles.length,
    computationCount: crew.size,
    grantedCount: state.grantedCount,
    hedgedCount: state.hedgedCount,
    bisectedCount: state.bisectedCount,
    verifiedCount: state.verification.verifiedCount,
    uncheckedCount: state.verification.uncheckedCount,
  };
}

/** What the numbers are about: the region that is rendered alone, while it is; else the frame. */
function scopeOf({ frame, phase, isRegionAlone }: PlannerState): Pick<Frame, "tiles" | "pixelCount"> {
  if (!isRegionAlone || (phase !== "running" && phase !== "paused")) return frame;
  const tiles = frame.tiles.filter((tile) => tile.isWanted);
  return { tiles, pixelCount: tiles.reduce((sum, tile) => sum + tile.areaPx, 0) };
}

/** Open tiles are counted with the whole budget, since the next decision may go on. */
function openDueSpp(state: PlannerState, tile: Tile): number {
  return tile.isConverged ? limitSpp(state.frame, tile) : state.frame.budgetSpp;
}

function errorsOf(tiles: readonly Tile[], pixelCount: number): Pick<Progress, "errorRms" | "errorMax"> {
  let squares = 0;
  let errorMax = 0;
  for (const { error, areaPx } of tiles) {
    if (!error) return { errorRms: null, errorMax: null };
    squares += error.value * error.value * areaPx;
    errorMax = Math.max(errorMax, error.value);
  }
  return { errorRms: Math.sqrt(squares / pixelCount), errorMax };
}

/** null: nobody is there to do it. */
function restMsOf(state: PlannerState, tiles: readonly Tile[]): number | null {
  let power = 0;
  for (const { threadCount, speed, isDraining } of state.crew.values()) {
    if (!isDraining) power += threadCount * speed.speed;
  }
  if (power === 0) return null;
  let rest = 0;
  for (const tile of tiles) {
    if (!tile.isOpen) continue;
    const due = tile.areaPx * openDueSpp(state, tile) - tile.mergedPixelSamples;
    rest += Math.max(0, due) * state.cost.costMs(tile.index);
  }
  return rest / power;
}
