// A tile's numbers for looking at: from the film where it has samples, else coarse.
import { describe, expect, it } from "vitest";
import { admit } from "../../../../merger/admit.ts";
import { coarseGrid } from "../../../../merger/coarse-preview.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import { halfPlanes } from "../../../../merger/preview/half-float.ts";
import { planeValues, type TileImage, tileImage } from "../../../../merger/preview/tile-image.ts";
import { resolve } from "../../../../merger/resolve.ts";
import { tileRect } from "../../../../proto/tiling.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

const spec = filmSpecOf();

function merge(state: FilmEpoch, tileIndex: number, sampleEnd: number, stridePx = 1): void {
  const rect = tileRect(state.tiling, tileIndex);
  const unit = { epoch: 1, tileIndex, rect, sampleBegin: 0, sampleEnd, stridePx };
  // Any numbers will do for a coarse unit, as long as there is one for each of its points.
  const sent = stridePx === 1 ? unit : { ...unit, rect: coarseGrid(rect, stridePx) };
  expect(["added", "coarse"]).toContain(admit(state, unit, planesOf(spec, { ...sent, stridePx: 1 })).t);
}

function valuesOf(image: TileImage | undefined): Float32Array[] {
  return image?.planes.map(planeValues) ?? [];
}

describe("a tile to look at", () => {
  it("nothing came yet -> nothing", () => {
    expect(tileImage(new FilmEpoch(1, spec), 0, "beauty")).toBeUndefined();
  });

  it("samples came -> the film's means, colour and alpha, and how many there are", () => {
    const state = new FilmEpoch(1, spec);
    merge(state, 0, 3);
    const rect = tileRect(state.tiling, 0);
    const image = tileImage(state, 0, "beauty");
    expect(image).toMatchObject({ rect, stridePx: 1, sppMean: 3 });
    const resolved = resolve(state.film, ["beauty", "alpha"], rect).channels.map(({ values }) => values);
    expect(valuesOf(image)).toEqual(resolved);
    expect(halfPlanes(image?.planes ?? [])).toEqual(halfPlanes(resolved));
    expect(new Set(valuesOf(tileImage(state, 0, "samples"))[0])).toEqual(new Set([3]));
    expect(valuesOf(tileImage(state, 0, "error"))[0]?.every((value) => value >= 0)).toBe(true);
  });

  it("a quarter of a tile came -> the tile, whose mean count is a quarter", () => {
    const state = new FilmEpoch(1, spec);
    const { x0, y0, x1, y1 } = tileRect(state.tiling, 0);
    const rect = { x0, y0, x1: (x0 + x1) / 2, y1: (y0 + y1) / 2 };
    const unit = { epoch: 1, tileIndex: 0, rect, sampleBegin: 4, sampleEnd: 8, stridePx: 1 };
    expect(admit(state, unit, planesOf(spec, unit)).t).toBe("added");
    expect(tileImage(state, 0, "beauty")).toMatchObject({ rect: { x0, y0, x1, y1 }, stridePx: 1, sppMean: 1 });
  });

  it("only a coarse unit came -> every eighth pixel of the beauty, and nothing of other outputs", () => {
    const state = new FilmEpoch(1, spec);
    merge(state, 0, 1, 8);
    const image = tileImage(state, 0, "beauty");
    expect(image).toMatchObject({ stridePx: 8, sppMean: 0 });
    expect(image?.planes.map(({ length }) => length)).toEqual(
      [0, 1, 2, 3].map(() => (image?.widthValues ?? 0) * (image?.heightValues ?? 0)),
    );
    expect(tileImage(state, 0, "samples")).toBeUndefined();
    merge(state, 0, 2);
    expect(tileImage(state, 0, "beauty")?.stridePx).toBe(1);
  });
});
