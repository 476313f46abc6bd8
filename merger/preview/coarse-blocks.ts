// Tiles of a coarse picture put together to rectangles: one image of a hundred tiles takes a viewer and all who hand it on
// hardly longer than one of a tile, whose 64 points are fewer bytes than what comes around them. Pure.
import { limits } from "../../proto/limits.ts";
import { type PixelRect, spanning } from "../../proto/rect.ts";
import { type Tiling, tileRect } from "../../proto/tiling.ts";

export interface CoarseBlock {
  readonly rect: PixelRect;
  /** Row by row. */
  readonly tileIndices: readonly number[];
}

/** Tiles side by side, or rows of them one below the other. */
interface Group {
  readonly column: number;
  readonly row: number;
  readonly columnCount: number;
  readonly rowCount: number;
}

/** Rectangles of whole tiles that are these tiles together, none of more than `tilesMax`. */
export function coarseBlocks(
  tiling: Tiling,
  tileIndices: readonly number[],
  tilesMax = blockTilesMax(tiling.tileSizePx),
): CoarseBlock[] {
  const blocks: Group[] = [];
  /** By columns: which of `blocks` ends there in the row before. */
  const above = new Map<string, number>();
  for (const run of runs(tiling, tileIndices, tilesMax)) {
    const key = `${run.column} ${run.columnCount}`;
    const at = above.get(key);
    const block = at === undefined ? undefined : blocks[at];
    const follows = block !== undefined && block.row + block.rowCount === run.row;
    if (at !== undefined && follows && block.columnCount * (block.rowCount + 1) <= tilesMax)
      blocks[at] = { ...block, rowCount: block.rowCount + 1 };
    else above.set(key, blocks.push(run) - 1);
  }
  return blocks.map((block) => blockOf(tiling, block));
}

/** So many that a block has no more values than the largest tile. */
export function blockTilesMax(tileSizePx: number): number {
  const tilePoints = Math.ceil(tileSizePx / limits.coarseStridePx) ** 2;
  return Math.max(1, Math.floor(limits.tileSizePxMax ** 2 / tilePoints));
}

/** In order; `rowCount` 1. */
function runs({ columnCount }: Tiling, tileIndices: readonly number[], tilesMax: number): Group[] {
  const found: Group[] = [];
  for (const index of tileIndices.toSorted((a, b) => a - b)) {
    const [column, row] = [index % columnCount, Math.floor(index / columnCount)];
    const last = found.at(-1);
    if (
      last !== undefined &&
      last.row === row &&
      last.column + last.columnCount === column &&
      last.columnCount < tilesMax
    )
      found[found.length - 1] = { ...last, columnCount: last.columnCount + 1 };
    else found.push({ column, row, columnCount: 1, rowCount: 1 });
  }
  return found;
}

function blockOf(tiling: Tiling, { column, row, columnCount, rowCount }: Group): CoarseBlock {
  const tileIndices: number[] = [];
  for (let y = row; y < row + rowCount; y++)
    for (let x = column; x < column + columnCount; x++) tileIndices.push(y * tiling.columnCount + x);
  const first = tileRect(tiling, tileIndices[0]);
  const last = tileRect(tiling, tileIndices[tileIndices.length - 1]);
  return { rect: spanning(first, last), tileIndices };
}
