// Choices as wishes.
import { describe, expect, it } from "vitest";
import { PreviewEncoding } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { changed, initialChoices } from "../../../../viewer/state/view-choices.ts";
import { wishKey, wishOf } from "../../../../viewer/state/wish.ts";

const unknown = PreviewEncoding.UNSPECIFIED;
const half = changed(initialChoices, { quality: "half" });

describe("a wish", () => {
  it("at first -> the beauty, in whatever form the way carries", () => {
    expect(wishOf(initialChoices, unknown)).toMatchObject({ outputs: ["beauty"], encoding: PreviewEncoding.AUTO });
  });

  it("half floats, other exposure and tone -> the same wish: they are applied here", () => {
    expect(wishKey(wishOf(changed(half, { exposureStops: 3, tone: "filmic" }), unknown))).toBe(
      wishKey(wishOf(half, unknown)),
    );
  });

  it("pictures, other exposure -> another wish: they come exposed", () => {
    const webp = changed(initialChoices, { quality: "webp" });
    const brighter = wishOf(changed(webp, { exposureStops: 1 }), unknown);
    expect(brighter).toMatchObject({ encoding: PreviewEncoding.WEBP, exposureStops: 1, tone: "srgb" });
    expect(wishKey(brighter)).not.toBe(wishKey(wishOf(webp, unknown)));
  });

  it("whatever the way carries -> exposed here while half floats come, there while pictures come", () => {
    const brighter = changed(initialChoices, { exposureStops: 1 });
    const auto = { encoding: PreviewEncoding.AUTO };
    expect(wishOf(brighter, PreviewEncoding.HALF)).toMatchObject({ ...auto, exposureStops: 0 });
    expect(wishOf(brighter, PreviewEncoding.WEBP)).toMatchObject({ ...auto, exposureStops: 1 });
  });

  it("pictures asked for, but numbers looked at -> half floats", () => {
    const choices = changed(initialChoices, { quality: "webp", output: "samples" });
    expect(wishOf(choices, unknown).encoding).toBe(PreviewEncoding.HALF);
  });
});
