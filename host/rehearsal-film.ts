// The small film with which processes rehearse, and what is rendered of it.
import type { FilmSpec } from "../proto/film-spec.ts";
import { filmOutputs } from "../proto/outputs.ts";
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

/** The sample of that index of each pixel, or of every `stridePx`-th in x and y: a unit for each tile. */
export function rehearsalUnits({ cropWindow, tileSizePx }: FilmSpec, stridePx: number, sampleIndex = 0): Unit[] {
  const tiling = tilingOf(cropWindow, tileSizePx);
  return Array.from({ length: tiling.tileCount }, (_, tileIndex) => {
    return {
      epoch: 1,
      tileIndex,
      rect: tileRect(tiling, tileIndex),
      sampleBegin: sampleIndex,
      sampleEnd: sampleIndex + 1,
      stridePx,
    };
  });
}
