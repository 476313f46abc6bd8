import { expect, it } from "vitest";
import { rehearsalCoarseUnits, rehearsalFilm, rehearsalUnits } from "../../../host/rehearsal-film.ts";
import { limits } from "../../../proto/limits.ts";
import { areaPx } from "../../../proto/rect.ts";
import { tilingOf, wholeTiles } from "../../../proto/tiling.ts";
import { pixelSampleCount, type Unit } from "../../../proto/unit.ts";

const film = rehearsalFilm(128);
const sampleCount = (units: readonly Unit[]) => units.reduce((sum, unit) => sum + pixelSampleCount(unit), 0);

it("a film of 128 pixels -> its four tiles, all of it once", () => {
  const units = rehearsalUnits(film, 7);
  expect(units.map(({ tileIndex }) => tileIndex)).toEqual([0, 1, 2, 3]);
  expect(units[3]?.rect).toEqual({ x0: 64, y0: 64, x1: 128, y1: 128 });
  expect(units.every(({ sampleBegin, sampleEnd }) => sampleBegin === 7 && sampleEnd === 8)).toBe(true);
  expect(sampleCount(units)).toBe(areaPx(film.cropWindow));
});

it("its coarse picture -> every eighth point, in rows of whole tiles and once more in one unit", () => {
  const units = rehearsalCoarseUnits(film);
  const tiling = tilingOf(film.cropWindow, film.tileSizePx);
  expect(units.map(({ rect }) => wholeTiles(tiling, rect))).toEqual([
    [0, 1],
    [2, 3],
    [0, 1, 2, 3],
  ]);
  expect(units.map(({ tileIndex }) => tileIndex)).toEqual([0, 2, 0]);
  expect(units.every(({ stridePx }) => stridePx === limits.coarseStridePx)).toBe(true);
  expect(sampleCount(units)).toBe(2 * 16 * 16);
});
