import { describe, expect, it } from "vitest";
import { admit } from "../../../merger/admit.ts";
import { CoarsePreview, coarseGrid } from "../../../merger/coarse-preview.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { resolve } from "../../../merger/resolve.ts";
import { quantumsPerUnit } from "../../../proto/film-spec.ts";
import { requiredOutputs } from "../../../proto/outputs.ts";
import type { PixelRect } from "../../../proto/rect.ts";
import { tileRect, tilingOf } from "../../../proto/tiling.ts";
import { filmSpecOf, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf({ cropWindow: { x0: 5, y0: 0, x1: 38, y1: 20 }, outputs: requiredOutputs });
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);

/** Planes of `count` points: red is 0, 1, 2 …, the rest constant. */
function planes(count: number) {
  const red = wirePlane(
    "int32",
    Array.from({ length: count }, (_, at) => at * quantumsPerUnit),
  );
  const constant = wirePlane("constant", [quantumsPerUnit / 2]);
  return [red, constant, constant, constant, constant];
}

describe("coarse preview", () => {
  it("the grid of a rectangle → the pixels whose x and y are multiples of eight", () => {
    expect(coarseGrid({ x0: 5, y0: 0, x1: 38, y1: 20 }, 8)).toEqual({ x0: 1, y0: 0, x1: 5, y1: 3 });
    expect(coarseGrid({ x0: 1, y0: 1, x1: 8, y1: 8 }, 8)).toEqual({ x0: 1, y0: 1, x1: 1, y1: 1 });
  });

  it("a tile's points land where its pixels are", () => {
    const preview = new CoarsePreview(spec, tiling);
    expect(preview.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, [1], planes(4))).toEqual([1]);
    expect([...preview.film.counts]).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(resolve(preview.film).channels.map(({ values }) => values[6])).toEqual([3, 0.5, 0.5, 0.5]);
    expect([0, 1, 2].map((tile) => preview.has(tile))).toEqual([false, true, false]);
  });

  it("points that come again, with their neighbours → all values are as they were sent", () => {
    const preview = new CoarsePreview(spec, tiling);
    const third = wirePlane(
      "float64",
      [1, 2, 3, 4].map((count) => Math.floor((count * quantumsPerUnit) / 3)),
    );
    const sent = [third, ...planes(4).slice(1)];
    const once = new CoarsePreview(spec, tiling);
    once.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, [1], sent);
    for (const again of [1, 2, 3]) {
      const added = preview.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, [1], sent);
      expect([again, added]).toEqual([again, again === 1 ? [1] : []]);
      expect(resolve(preview.film)).toEqual(resolve(once.film));
    }
    expect(preview.add({ x0: 5, y0: 0, x1: 38, y1: 16 }, [0, 1, 2], planes(8))).toEqual([0, 2]);
  });

  it("a tile that has no grid point → is never there, and not missed", () => {
    const narrow = filmSpecOf({ cropWindow: { x0: 9, y0: 0, x1: 18, y1: 8 }, outputs: requiredOutputs });
    const preview = new CoarsePreview(narrow, tilingOf(narrow.cropWindow, narrow.tileSizePx));
    expect(preview.isWhole).toBe(false);
    preview.add({ x0: 9, y0: 0, x1: 16, y1: 8 }, [0], planes(0));
    expect([preview.has(0), preview.isWhole]).toEqual([false, false]);
    preview.add({ x0: 16, y0: 0, x1: 18, y1: 8 }, [1], planes(1));
    expect([preview.has(0), preview.has(1), preview.isWhole]).toEqual([false, true, true]);
  });

  it("a wrong number of points is refused and nothing is shown", () => {
    const preview = new CoarsePreview(spec, tiling);
    const add = () => preview.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, [1], planes(5));
    expect(add).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(Math.max(...preview.film.counts)).toBe(0);
    expect(preview.has(1)).toBe(false);
  });

  it("coarse units, repeated ones too, never change film, hash or ledger", () => {
    const state = new FilmEpoch(1, spec);
    const before = filmSha256(state.film);
    const rect = tileRect(state.tiling, 1);
    const unit = { epoch: 1, tileIndex: 1, rect, sampleBegin: 0, sampleEnd: 1, stridePx: 8 };
    expect(admit(state, unit, planes(4))).toEqual({ t: "coarse", completes: false });
    expect(admit(state, unit, planes(4))).toEqual({ t: "coarse", completes: false });
    expect(filmSha256(state.film)).toBe(before);
    expect(state.ledger.contiguousSpp(1)).toBe(0);
    expect([state.versions.changedSince(0), state.versions.latest]).toEqual([[1], 1]);
  });

  it("a unit of several tiles, one of which is there → the others are new; with the last points it is complete, once", () => {
    const state = new FilmEpoch(1, spec);
    const add = (tileIndex: number, rect: PixelRect, count: number) => {
      const unit = { epoch: 1, tileIndex, rect, sampleBegin: 0, sampleEnd: 1, stridePx: 8 };
      return admit(state, unit, planes(count));
    };
    const upper = { x0: 5, y0: 0, x1: 38, y1: 16 };
    expect(add(1, tileRect(state.tiling, 1), 4)).toEqual({ t: "coarse", completes: false });
    expect(add(0, upper, 8)).toEqual({ t: "coarse", completes: false });
    expect(state.versions.changedSince(0).map((tile) => state.versions.of(tile))).toEqual([2, 1, 3]);
    const lower = { x0: 5, y0: 16, x1: 38, y1: 20 };
    expect(add(3, lower, 4)).toEqual({ t: "coarse", completes: true });
    expect(add(3, lower, 4)).toEqual({ t: "coarse", completes: false });
    expect(state.coarse.isWhole).toBe(true);
  });
});
