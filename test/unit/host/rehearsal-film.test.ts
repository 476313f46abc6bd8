import { expect, it } from "vitest";
import { rehearsalFilm, rehearsalUnits } from "../../../host/rehearsal-film.ts";
import { limits } from "../../../proto/limits.ts";
import { areaPx } from "../../../proto/rect.ts";
import { pixelSampleCount } from "../../../proto/unit.ts";

it("a film of 128 pixels -> its four tiles, all of it once, or every eighth point", () => {
  const film = rehearsalFilm(128);
  const whole = rehearsalUnits(film, 1);
  expect(whole.map(({ tileIndex }) => tileIndex)).toEqual([0, 1, 2, 3]);
  expect(whole[3]?.rect).toEqual({ x0: 64, y0: 64, x1: 128, y1: 128 });
  const sampleCount = (units: typeof whole) => units.reduce((sum, unit) => sum + pixelSampleCount(unit), 0);
  expect(sampleCount(whole)).toBe(areaPx(film.cropWindow));
  expect(sampleCount(rehearsalUnits(film, limits.coarseStridePx))).toBe(16 * 16);
});
