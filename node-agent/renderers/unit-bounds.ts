// The one check that every renderer makes before it renders a unit.
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { limits } from "../../proto/limits.ts";
import { contains, isEmpty } from "../../proto/rect.ts";
import type { RenderUnit } from "./renderer.ts";

/** Throws `message-malformed` for a unit that is empty, not in integers, outside the crop window or beyond the film's samples. */
export function checkUnitInFilm(unit: RenderUnit, film: FilmSpec): void {
  const { rect, sampleBegin, sampleEnd, stridePx } = unit;
  if (
    [rect.x0, rect.y0, rect.x1, rect.y1, sampleBegin, sampleEnd].every(Number.isSafeInteger) &&
    (stridePx === 1 || stridePx === limits.coarseStridePx) &&
    !isEmpty(rect) &&
    contains(film.cropWindow, rect) &&
    sampleBegin >= 0 &&
    sampleBegin < sampleEnd &&
    sampleEnd <= film.maxSpp
  )
    return;
  throw new ArrasError("message-malformed", {
    message: `A unit lies outside the film: pixels ${rect.x0},${rect.y0}-${rect.x1},${rect.y1}, samples ${sampleBegin}-${sampleEnd}, stride ${stridePx}`,
    action: "The coordinator is of another version or broken: compare software versions.",
  });
}
