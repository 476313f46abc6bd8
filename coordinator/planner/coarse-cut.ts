// Cutting the coarse picture into units: single tiles while nothing is known and for the first thing that is to be seen,
// then blocks of tiles, as each unit costs all processes some milliseconds, and a tile's 64 points far less.
import { limits } from "../../proto/limits.ts";
import type { PixelRect } from "../../proto/rect.ts";
import { pixelSampleCount, type Unit } from "../../proto/unit.ts";
import type { Tile } from "./frame.ts";
import { type Computation, newPlannedUnit, type PlannedUnit } from "./lease.ts";
import { coarseBlockSides, firstGrantMsWanted, unitMsMin } from "./settings.ts";
import { isInRegion, type PlannerState } from "./state.ts";

/** undefined: every tile's is out, there, or not needed any more. */
export function cutCoarse(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  const first = nextWanted(state);
  if (first === undefined) return undefined;
  const tiles = blockFor(state, first, computation);
  for (const tile of tiles) tile.coarse = "out";
  state.coarseLeftCount -= tiles.length;
  nextWanted(state);
  return newPlannedUnit(tiles[0], coarseUnit(state.epoch, tiles), null, tiles);
}

/** What its points took, as if each tile had been a unit of its own. */
export function measureCoarse(state: PlannerState, { tiles }: PlannedUnit, renderMs: number, by: Computation): void {
  const counts = tiles.map(({ rect }) => pointCount(rect));
  const total = counts.reduce((sum, count) => sum + count, 0);
  for (const [at, { index }] of tiles.entries())
    state.cost.measure(index, counts[at], (renderMs * counts[at]) / total, by.speed);
}

/** The first of the queue that still wants one; those before it are dropped. */
function nextWanted({ coarseTiles }: PlannerState): Tile | undefined {
  let tile = coarseTiles.peek();
  while (tile !== undefined && tile.coarse !== "wanted") {
    coarseTiles.shift();
    tile = coarseTiles.peek();
  }
  return tile;
}

/**
 * The largest that is not too much for a unit, and leaves enough for all threads (as factoring does) or is so short that
 * its own cost would be more than what another thread could save.
 */
function blockFor(state: PlannerState, first: Tile, { speed }: Computation): readonly Tile[] {
  const threadCount = Math.max(1, state.power);
  const cutCount = state.wanted.tileCount - state.coarseLeftCount;
  if (!state.cost.hasMeasured || cutCount < threadCount) return [first];
  const sizeMax = state.coarseLeftCount / (2 * threadCount);
  for (const side of coarseBlockSides) {
    const tiles = blockAround(state, first, side);
    if (tiles.some((tile) => tile.coarse !== "wanted" || isInRegion(state, tile) !== isInRegion(state, first)))
      continue;
    const points = tiles.reduce((sum, { rect }) => sum + pointCount(rect), 0);
    const longestMs = side * side > sizeMax ? unitMsMin : firstGrantMsWanted;
    if (state.cost.predictedMs(first.index, points, speed) <= longestMs) return tiles;
  }
  return [first];
}

/** Row by row from the top left; at the frame's right and lower edge fewer. */
function blockAround({ frame }: PlannerState, { index }: Tile, side: number): Tile[] {
  const { tiles, columnCount } = frame;
  const column = side * Math.floor((index % columnCount) / side);
  const row = side * Math.floor(index / columnCount / side);
  const block: Tile[] = [];
  for (let y = row; y < row + side; y++) {
    for (let x = column; x < Math.min(column + side, columnCount); x++) {
      const tile = tiles[y * columnCount + x];
      if (tile !== undefined) block.push(tile);
    }
  }
  return block;
}

function coarseUnit(epoch: number, tiles: readonly Tile[]): Unit {
  const [first, last] = [tiles[0], tiles[tiles.length - 1]];
  const rect = { x0: first.rect.x0, y0: first.rect.y0, x1: last.rect.x1, y1: last.rect.y1 };
  return { epoch, tileIndex: first.index, rect, sampleBegin: 0, sampleEnd: 1, stridePx: limits.coarseStridePx };
}

function pointCount(rect: PixelRect): number {
  return pixelSampleCount({ rect, sampleBegin: 0, sampleEnd: 1, stridePx: limits.coarseStridePx });
}
