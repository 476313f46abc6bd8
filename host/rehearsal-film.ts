// The small film with which processes rehearse, and what is rendered of it.
import type { FilmSpec } from "../proto/film-spec.ts";
import { limits } from "../proto/limits.ts";
import { filmOutputs } from "../proto/outputs.ts";
import type { PixelRect } from "../proto/rect.ts";
import { tileRect, tilingOf } from "../proto/tiling.ts";
import type { Unit } from "../proto/unit.ts";

/** Then a rehearsal is given up. A machine that is busy is the usual case; nobody waits for it. */
export const rehearsalMsMax = 60_000;

/** Square. */
export function rehearsalFilm(sidePx: number): FilmSpec {
  return {
    widthPx: sidePx,
    heightPx: sidePx,
    cropWindow: { x0: 0, y0: 0, x1: sidePx, y1: sidePx },
    tileSizePx: 64,
    outputs: filmOutputs(["beauty", "depth"]),
    maxSpp: 4096,
  };
}

/** The sample of that index of each pixel: a unit for each tile. */
export function rehearsalUnits({ cropWindow, tileSizePx }: FilmSpec, sampleIndex: number): Unit[] {
  const tiling = tilingOf(cropWindow, tileSizePx);
  return Array.from({ length: tiling.tileCount }, (_, tileIndex) => ({
    ...unitOf(tileIndex, tileRect(tiling, tileIndex), sampleIndex),
    stridePx: 1,
  }));
}

/**
 * The coarse picture in rows of tiles, then as a whole: a planner begins with few tiles and goes on with many, and code
 * that has seen short loops alone is compiled again for the first long one.
 */
export function rehearsalCoarseUnits({ cropWindow, tileSizePx }: FilmSpec): Unit[] {
  const { columnCount, tileCount } = tilingOf(cropWindow, tileSizePx);
  const rows = Array.from({ length: tileCount / columnCount }, (_, row) => {
    const rect = { ...cropWindow, y0: row * tileSizePx, y1: (row + 1) * tileSizePx };
    return unitOf(row * columnCount, rect, 0);
  });
  return [...rows, unitOf(0, cropWindow, 0)].map((unit) => ({ ...unit, stridePx: limits.coarseStridePx }));
}

function unitOf(tileIndex: number, rect: PixelRect, sampleIndex: number): Omit<Unit, "stridePx"> {
  return { epoch: 1, tileIndex, rect, sampleBegin: sampleIndex, sampleEnd: sampleIndex + 1 };
}
