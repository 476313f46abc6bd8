// Encoded tiles: made once for all viewers, anew when the tile changed.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { admit } from "../../../../merger/admit.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import { previewWishes } from "../../../../merger/preview/preview-wishes.ts";
import { TileEncoder } from "../../../../merger/preview/tile-encoder.ts";
import { PreviewEncoding, PreviewWishSchema } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { unitOf } from "../../../fakes/films.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

const spec = filmSpecOf({ widthPx: 32, heightPx: 16 });
const wishes = previewWishes(
  create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF }),
  spec,
  undefined,
);

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
