// The check that every renderer makes first.
import { expect, it } from "vitest";
import { checkUnitInFilm } from "../../../../node-agent/renderers/unit-bounds.ts";
import { limits } from "../../../../proto/limits.ts";
import { smallFilm } from "../../../fakes/films.ts";

const film = smallFilm({ cropWindow: { x0: 8, y0: 8, x1: 40, y1: 40 } });
const unit = { rect: { x0: 8, y0: 8, x1: 16, y1: 16 }, sampleBegin: 0, sampleEnd: 4, stridePx: 1 };

it.each([
  unit,
  { ...unit, stridePx: limits.coarseStridePx },
  { ...unit, rect: film.cropWindow },
  { ...unit, sampleBegin: film.maxSpp - 1, sampleEnd: film.maxSpp },
])("inside the film -> nothing: %j", (good) => {
  expect(() => checkUnitInFilm(good, film)).not.toThrow();
});

it.each([
  { ...unit, rect: { ...unit.rect, x0: 7 } },
  { ...unit, rect: { ...unit.rect, y1: 41 } },
  { ...unit, rect: { ...unit.rect, x1: 8 } },
  { ...unit, rect: { ...unit.rect, x1: 12.5 } },
  { ...unit, rect: { ...unit.rect, x1: Number.NaN } },
  { ...unit, sampleBegin: -1 },
  { ...unit, sampleEnd: 0 },
  { ...unit, sampleEnd: film.maxSpp + 1 },
  { ...unit, stridePx: 2 },
  { ...unit, stridePx: 0 },
])("not in the film -> message-malformed: %j", (bad) => {
  expect(() => checkUnitInFilm(bad, film)).toThrow(expect.objectContaining({ code: "message-malformed" }));
});
