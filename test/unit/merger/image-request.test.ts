import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { filmMetadata, imageRequest } from "../../../merger/image-request.ts";
import { EncodeImageRequestSchema, ImageMetadataSchema } from "../../../proto/gen/arras/v1/film_pb.ts";

type Format = MessageInitShape<typeof EncodeImageRequestSchema>["format"];
const asked = (format?: Format) =>
  imageRequest(create(EncodeImageRequestSchema, format === undefined ? {} : { format }));
const usage = expect.objectContaining({ code: "usage" });

describe("image request", () => {
  it("an EXR without particulars → the defaults", () => {
    expect(asked({ case: "exr", value: {} })).toEqual({
      t: "exr",
      isDenoised: false,
      layout: { outputs: [], parts: "multi", colorType: "half", compression: "zip", tileSizePx: 0 },
    });
  });

  it("a picture for a display → what was asked, defaults where nothing was", () => {
    expect(
      asked({ case: "display", value: { encoding: "webp", exposureStops: 1.5, quality: 80, maxSidePx: 640 } }),
    ).toEqual({
      t: "display",
      isDenoised: false,
      hasOrigin: false,
      picture: { encoding: "webp", tone: "srgb", output: "beauty", exposureStops: 1.5, quality: 80, maxSidePx: 640 },
    });
  });

  it.each<[string, Format | undefined]>([
    ["no format", undefined],
    ["denoised beside others", { case: "exr", value: { outputs: ["beauty", "denoised"] } }],
    ["an unknown compression", { case: "exr", value: { compression: "zstd" } }],
    ["an unknown output", { case: "exr", value: { outputs: ["cryptomatte"] } }],
    ["an unknown pixel type", { case: "exr", value: { pixelType: "uint" } }],
    ["an unknown encoding", { case: "display", value: { encoding: "gif" } }],
    ["an unknown tone", { case: "display", value: { encoding: "png", tone: "reinhard" } }],
    ["an output that is no picture", { case: "display", value: { encoding: "png", output: "luminance2" } }],
    ["a quality above 100", { case: "display", value: { encoding: "jpeg", quality: 101 } }],
    ["an exposure that is no number", { case: "display", value: { encoding: "png", exposureStops: Number.NaN } }],
  ])("%s → usage", (_name, format) => {
    expect(() => asked(format)).toThrow(usage);
  });

  it("denoised -> said so; the rest of the form as for any file", () => {
    expect(asked({ case: "exr", value: { outputs: ["denoised"] } })).toMatchObject({ isDenoised: true });
    expect(asked({ case: "display", value: { encoding: "png", output: "denoised" } })).toMatchObject({
      isDenoised: true,
      picture: { output: "denoised" },
    });
  });

  it("metadata that is empty leaves no trace, the rest is taken over", () => {
    const bare = filmMetadata(create(ImageMetadataSchema), "s1", "abc");
    expect(bare).toEqual({ software: "arras-render 0.1.0", session: "s1", filmSha256: "abc" });
    const cameraToWorld = new Array(16).fill(0);
    const full = filmMetadata(
      create(ImageMetadataSchema, { renderer: "embree 0.1.0", cameraToWorld, verticalFovDeg: 30 }),
      "s1",
      "abc",
    );
    expect(full.renderer).toBe("embree 0.1.0");
    expect(full.camera?.projection).toEqual({ t: "perspective", verticalFovDeg: 30 });
  });
});
