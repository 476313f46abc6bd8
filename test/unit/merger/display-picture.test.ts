import { describe, expect, it } from "vitest";
import { displayOutputs, displayPicture } from "../../../merger/display-picture.ts";
import { Film } from "../../../merger/film.ts";
import { requiredOutputs } from "../../../proto/outputs.ts";
import { contributionOf, filmSpecOf } from "./analytic-samples.ts";

const options = { exposureStops: 0, tone: "srgb", encoding: "png" } as const;

describe("display picture", () => {
  const film = new Film(filmSpecOf());
  film.add(contributionOf(film.spec, { x0: 0, y0: 0, x1: 16, y1: 16 }, 0, 4));

  it.each([...displayOutputs])("%s → three bytes a pixel, and something to see", (output) => {
    const half = () => new Float32Array(40 * 24).map((_, at) => at / 960);
    const pixels = displayPicture(
      film,
      { ...options, output },
      output === "denoised" ? [half(), half(), half()] : undefined,
    );
    expect(pixels).toMatchObject({ widthPx: 40, heightPx: 24 });
    expect(pixels.bytes.length).toBe(40 * 24 * 3);
    expect(new Set(pixels.bytes).size).toBeGreaterThan(1);
  });

  it("a longest side → that size, in proportion, and never enlarged", () => {
    const small = displayPicture(film, { ...options, output: "beauty", maxSidePx: 20 });
    expect([small.widthPx, small.heightPx, small.bytes.length]).toEqual([20, 12, 720]);
    const large = displayPicture(film, { ...options, output: "beauty", maxSidePx: 4000 });
    expect([large.widthPx, large.heightPx]).toEqual([40, 24]);
    expect(displayPicture(film, { ...options, output: "beauty", maxSidePx: 1 })).toMatchObject({
      widthPx: 1,
      heightPx: 1,
    });
  });

  it("a film without samples → black", () => {
    const pixels = displayPicture(new Film(filmSpecOf()), { ...options, output: "beauty" });
    expect(Math.max(...pixels.bytes)).toBe(0);
  });

  it("an output that the film lacks → RangeError that names it", () => {
    const plain = new Film(filmSpecOf({ outputs: requiredOutputs }));
    expect(() => displayPicture(plain, { ...options, output: "depth" })).toThrow(/depth/);
  });
});
