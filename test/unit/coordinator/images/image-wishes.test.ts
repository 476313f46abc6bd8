import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { imageWishes, keptImages } from "../../../../coordinator/images/image-wishes.ts";
import { SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { keptImagesOf } from "../../../fakes/image-shelves.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";

const final = create(SessionEventSchema, {
  state: SessionState.HOLES,
  receipt: { filmSha256: "cafe", sampleCount: 5n, sppMean: 2.5 },
});

it("a session that says nothing about its images -> the film as EXR and a picture of it, each by its defaults", () => {
  expect(imageWishes(sessionRecord(), final).map(({ name, request }) => [name, request.format])).toMatchObject([
    ["picture.png", { case: "display", value: { encoding: "png", withOrigin: true, exposureStops: 0 } }],
    ["film.exr", { case: "exr", value: { outputs: [], compression: "" } }],
  ]);
});

it("a session without an end, without a receipt, without samples -> no images", () => {
  expect(imageWishes(sessionRecord(), undefined)).toEqual([]);
  for (const receipt of [undefined, { sampleCount: 0n }])
    expect(imageWishes(sessionRecord(), create(SessionEventSchema, { ...(receipt && { receipt }) }))).toEqual([]);
});

it("what is said of them -> whose, of what, and how it ended", () => {
  const [image] = keptImagesOf("s").images;
  const moment = { scene: "scene.gltf", savedAtMs: 12.6 };
  expect(keptImages(sessionRecord({ user: "ada" }), final, [image!], moment)).toMatchObject({
    format: 1,
    sessionId: "s",
    user: "ada",
    scene: "scene.gltf",
    state: SessionState.HOLES,
    filmSha256: "cafe",
    sppMean: 2.5,
    savedAtMs: 13n,
    images: [{ name: "film.exr" }],
  });
});
