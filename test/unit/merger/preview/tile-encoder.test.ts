// Encoded tiles: made once for all viewers, anew when the tile changed.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { admit } from "../../../../merger/admit.ts";
import { coarseGrid } from "../../../../merger/coarse-preview.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import { previewWishes } from "../../../../merger/preview/preview-wishes.ts";
import { TileEncoder } from "../../../../merger/preview/tile-encoder.ts";
import { PreviewEncoding, PreviewWishSchema } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { unitOf } from "../../../fakes/films.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

const spec = filmSpecOf({ widthPx: 32, heightPx: 16 });
const wishes = previewWishes(
  create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF }),
  spec,
  undefined,
);

it("several viewers want a coarse block -> it is encoded once; some of it is not there -> nothing", async () => {
  const state = new FilmEpoch(1, spec);
  const encoder = new TileEncoder();
  const stridePx = limits.coarseStridePx;
  const block = { rect: spec.cropWindow, tileIndices: [0, 1] };
  expect(await encoder.encodeCoarse(state, block, "beauty", wishes)).toBeUndefined();
  const unit = { epoch: 1, tileIndex: 0, rect: block.rect, sampleBegin: 0, sampleEnd: 1, stridePx };
  const points = { ...unit, rect: coarseGrid(block.rect, stridePx), stridePx: 1 };
  expect(admit(state, unit, planesOf(spec, points)).t).toBe("coarse");
  const first = encoder.encodeCoarse(state, block, "beauty", wishes);
  expect(encoder.encodeCoarse(state, block, "beauty", wishes)).toBe(first);
  expect(await first).toMatchObject({
    version: 2,
    channelCount: 4,
    image: { stridePx, widthValues: 4, heightValues: 2 },
  });
  expect(await encoder.encodeCoarse(state, block, "depth", wishes)).toBeUndefined();
});

it("several viewers want one tile -> it is encoded once; it changed -> once more", async () => {
  const state = new FilmEpoch(1, spec);
  const encoder = new TileEncoder();
  const merge = (begin: number) => {
    const unit = unitOf(0, begin, 1, 1, spec);
    admit(state, unit, planesOf(spec, unit));
  };
  merge(0);
  const first = encoder.encode(state, 0, "beauty", wishes);
  expect(encoder.encode(state, 0, "beauty", wishes)).toBe(first);
  merge(1);
  const second = encoder.encode(state, 0, "beauty", wishes);
  expect(second).not.toBe(first);
  expect((await second)?.version).toBeGreaterThan((await first)?.version ?? Number.POSITIVE_INFINITY);
});
