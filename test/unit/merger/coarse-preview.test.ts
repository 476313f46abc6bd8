import { describe, expect, it } from "vitest";
import { admit } from "../../../merger/admit.ts";
import { CoarsePreview, coarseGrid } from "../../../merger/coarse-preview.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { quantumsPerUnit } from "../../../proto/film-spec.ts";
import { requiredOutputs } from "../../../proto/outputs.ts";
import type { PixelRect } from "../../../proto/rect.ts";
import { tileRect } from "../../../proto/tiling.ts";
import { filmSpecOf, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf({ cropWindow: { x0: 5, y0: 0, x1: 38, y1: 20 }, outputs: requiredOutputs });

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
    const preview = new CoarsePreview(spec);
    preview.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, planes(4));
    expect([...preview.present]).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect([...preview.rgba.subarray(4 * 6, 4 * 7)]).toEqual([3, 0.5, 0.5, 0.5]);
    expect(preview.has({ x0: 16, y0: 0, x1: 32, y1: 16 })).toBe(true);
    expect(preview.has({ x0: 32, y0: 0, x1: 38, y1: 16 })).toBe(false);
    expect(preview.has({ x0: 17, y0: 1, x1: 24, y1: 8 })).toBe(false);
  });

  it("a wrong number of points is refused and nothing is shown", () => {
    const preview = new CoarsePreview(spec);
    const add = () => preview.add({ x0: 16, y0: 0, x1: 32, y1: 16 }, planes(5));
    expect(add).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(Math.max(...preview.present)).toBe(0);
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
