// What a viewer may wish.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { previewWishes } from "../../../../merger/preview/preview-wishes.ts";
import { PreviewEncoding, PreviewWishSchema } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { filmSpecOf } from "../analytic-samples.ts";

const wishOf = (fields: MessageInitShape<typeof PreviewWishSchema>) =>
  previewWishes(
    create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF, ...fields }),
    filmSpecOf(),
    undefined,
  );

describe("a viewer's wish", () => {
  it("the film's outputs and maps of its samples -> granted, at the pace that is asked for", () => {
    expect(wishOf({ outputs: ["beauty", "samples"], framesPerSecond: 10 })).toMatchObject({
      outputs: ["beauty", "samples"],
      intervalMs: 100,
      formKey: "half",
    });
  });

  it("denoised -> granted where there is a denoiser, else refused with the reason", () => {
    expect(wishOf({ outputs: ["denoised"] }).isDenoised).toBe(true);
    const wish = create(PreviewWishSchema, { outputs: ["beauty", "denoised"], encoding: PreviewEncoding.HALF });
    expect(() => previewWishes(wish, filmSpecOf(), "none is installed")).toThrow(
      expect.objectContaining({ code: "denoiser-missing", message: "none is installed" }),
    );
  });

  it("exposure and tone -> count for pictures, not for half floats", () => {
    const picture = { encoding: PreviewEncoding.WEBP, exposureStops: 1, tone: "filmic" };
    expect(wishOf(picture).formKey).not.toBe(wishOf({ ...picture, exposureStops: 2 }).formKey);
    expect(wishOf({ exposureStops: 1 }).formKey).toBe(wishOf({}).formKey);
  });

  it.each([
    [{ outputs: [] }, "0 outputs"],
    [{ outputs: ["beauty", "alpha", "samples"] }, "previewOutputsMax"],
    [{ outputs: ["nonsense"] }, "nonsense"],
    [{ encoding: PreviewEncoding.AUTO }, "encoding"],
    [{ exposureStops: Number.NaN }, "exposure"],
    [{ tone: "sepia" }, "sepia"],
    [{ quality: 101 }, "quality"],
    [{ framesPerSecond: 61 }, "61 frames"],
  ])("%o -> refused, naming it", (fields, named) => {
    expect(() => wishOf(fields)).toThrow(named);
  });
});
