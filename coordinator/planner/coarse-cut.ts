// Cutting the coarse picture into units: small blocks of tiles while nothing is known, and for the first thing that is to
// be seen; then blocks as large as their time allows, as each unit costs all processes some milliseconds, and a tile's 64
// points far less.
import { limits } from "../../proto/limits.ts";
import { type PixelRect, spanning } from "../../proto/rect.ts";
import { pixelSampleCount, type Unit } from "../../proto/unit.ts";
import type { Tile } from "./frame.ts";
import { type Computation, newPlannedUnit, type PlannedUnit } from "./lease.ts";
import { coarseBlindTileCount, coarseMsMin, coarseWantedShareMin, firstGrantMsWanted, unitMsMin } from "./settings.ts";
import { isInRegion, type PlannerState } from "./state.ts";

/** A rectangle of whole tiles: columns and rows, half-open. */
interface Block {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** undefined: every tile's is out, there, or not needed any more. */
export function cutCoarse(state: PlannerState, computation: Computation): PlannedUnit | undefined {
  const first = nextWanted(state);
  if (first === undefined) return undefined;
  const { block, wanted } = blockFor(state, first, computation);
  for (const tile of wanted) tile.coarse = "out";
  state.coarseLeftCount -= wanted.length;
  state.coarseCutCount += 1;
  state.coarseCutAtMs = state.nowMs;
  nextWanted(state);
  const corner = tileAt(state, block.x0, block.y0);
  return newPlannedUnit(corner, coarseUnit(state, block), null, wanted);
}

/** What its points took, as if each tile had been a unit of its own. */
export function measureCoarse(
  state: PlannerState,
  { unit, tiles }: PlannedUnit,
  renderMs: number,
  by: Computation,
): void {
  const total = pointCount(unit.rect);
  for (const { index, rect } of tiles) {
    const count = pointCount(rect);
    state.cost.measure(index, count, (renderMs * count) / total, by.speed);
  }
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
 * The largest block around `first` that is not too much for a unit, and leaves enough for all threads (as factoring does)
 * or is so short that its own cost would be more than what another thread could save. A few of its tiles may be out or
 * there already: rendering them again costs less than the units into which the rest would fall. `wanted`: the others.
 */
function blockFor(
  state: PlannerState,
  first: Tile,
  computation: Computation,
): { readonly block: Block; readonly wanted: readonly Tile[] } {
  const fits = fitting(state, first, computation);
  for (let block = wholeFrame(state); ; block = halfAround(state, block, first)) {
    const isOne = tileCount(block) === 1;
    if (!isOne && !fits(block)) continue;
    const tiles = tilesIn(state, block);
    const wanted = tiles.filter((tile) => tile.coarse === "wanted");
    const isOfOneKind = wanted.every((tile) => isInRegion(state, tile) === isInRegion(state, first));
    if (isOne || (isOfOneKind && wanted.length >= coarseWantedShareMin * tiles.length)) return { block, wanted };
  }
}

function fitting(state: PlannerState, first: Tile, { speed }: Computation): (block: Block) => boolean {
  const threadCount = Math.max(1, state.power);
  const sizeMax = state.coarseLeftCount / (2 * threadCount);
  const { hasMeasured } = state.cost;
  if (!hasMeasured) return (block) => tileCount(block) <= Math.min(coarseBlindTileCount, sizeMax);
  const isFirst = state.coarseCutCount < threadCount;
  return (block) => {
    const isMany = tileCount(block) > sizeMax;
    const longestMs = isFirst ? unitMsMin : isMany ? coarseMsMin : firstGrantMsWanted;
    if (isFirst && isMany) return false;
    return state.cost.predictedMs(first.index, pointCount(rectOf(state, block)), speed) <= longestMs;
  };
}

function wholeFrame({ frame: { tiles, columnCount } }: PlannerState): Block {
  return { x0: 0, y0: 0, x1: columnCount, y1: tiles.length / columnCount };
}

/** The half with `first` of a block that has more than it; the longer side is cut. */
function halfAround({ frame: { columnCount } }: PlannerState, { x0, y0, x1, y1 }: Block, { index }: Tile): Block {
  if (x1 - x0 >= y1 - y0) {
    const middle = x0 + Math.ceil((x1 - x0) / 2);
    return index % columnCount < middle ? { x0, y0, x1: middle, y1 } : { x0: middle, y0, x1, y1 };
  }
  const middle = y0 + Math.ceil((y1 - y0) / 2);
  return Math.floor(index / columnCount) < middle ? { x0, y0, x1, y1: middle } : { x0, y0: middle, x1, y1 };
}

function tileCount({ x0, y0, x1, y1 }: Block): number {
  return (x1 - x0) * (y1 - y0);
}

function tileAt({ frame: { tiles, columnCount } }: PlannerState, x: number, y: number): Tile {
  return tiles[y * columnCount + x];
}

/** Row by row from the top left. */
function tilesIn(state: PlannerState, { x0, y0, x1, y1 }: Block): Tile[] {
  const inside: Tile[] = [];
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) inside.push(tileAt(state, x, y));
  return inside;
}

function rectOf(state: PlannerState, { x0, y0, x1, y1 }: Block): PixelRect {
  return spanning(tileAt(state, x0, y0).rect, tileAt(state, x1 - 1, y1 - 1).rect);
}

function coarseUnit(state: PlannerState, block: Block): Unit {
  const { index } = tileAt(state, block.x0, block.y0);
  const rect = rectOf(state, block);
  return { epoch: state.epoch, tileIndex: index, rect, sampleBegin: 0, sampleEnd: 1, stridePx: limits.coarseStridePx };
}

function pointCount(rect: PixelRect): number {
  return pixelSampleCount({ rect, sampleBegin: 0, sampleEnd: 1, stridePx: limits.coarseStridePx });
}
