// One pixel in numbers: those of a saved picture.
import { describe, expect, it } from "vitest";
import { admit } from "../../../merger/admit.ts";
import { pixelErrors } from "../../../merger/error-estimate.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { filmPixel } from "../../../merger/film-pixel.ts";
import { channelOf, resolve } from "../../../merger/resolve.ts";
import { unitOf } from "../../fakes/films.ts";
import { filmSpecOf, planesOf } from "./analytic-samples.ts";

const spec = filmSpecOf({ widthPx: 40, heightPx: 24, cropWindow: { x0: 4, y0: 2, x1: 36, y1: 18 } });

/** The first tile has 3 samples a pixel, the second one. */
function halfFilm(): FilmEpoch {
  const state = new FilmEpoch(2, spec);
  for (const unit of [unitOf(0, 0, 3, 2, spec), unitOf(1, 0, 1, 2, spec)]) admit(state, unit, planesOf(spec, unit));
  return state;
}

describe("a pixel of the film", () => {
  it("samples are in it -> their count, its error, and each output's numbers as a picture has them", () => {
    const state = halfFilm();
    const [x, y] = [9, 7];
    const { epoch, sampleCount, error, outputs } = filmPixel(state, x, y);
    const at = (y - 2) * 32 + (x - 4);
    expect([epoch, sampleCount, error]).toEqual([2, 3, pixelErrors(state.film)[at]]);
    const image = resolve(state.film);
    const wanted = (output: "beauty" | "normal" | "depth", channels: string) =>
      [...channels].map((channel) => channelOf(image, output, channel)?.[at]);
    const values = (name: string) => outputs.find(({ output }) => output === name)?.values;
    expect(values("beauty")).toEqual(wanted("beauty", "RGB"));
    expect(values("depth")).toEqual(wanted("depth", "Z"));
    expect(values("id")).toHaveLength(1);
    expect(outputs.map(({ output }) => output)).toEqual(spec.outputs.filter((name) => name !== "luminance2"));
  });

  it("one sample, or none -> no error is claimed", () => {
    const state = halfFilm();
    expect(filmPixel(state, 20, 2)).toMatchObject({ sampleCount: 1, error: Number.POSITIVE_INFINITY });
    const empty = filmPixel(new FilmEpoch(1, spec), 4, 2);
    expect(empty).toMatchObject({ epoch: 1, sampleCount: 0, error: Number.POSITIVE_INFINITY });
  });

  it.each([
    [3, 2],
    [4, 1],
    [36, 2],
    [4, 18],
  ])("%i,%i beside the crop window -> refused", (x, y) => {
    expect(() => filmPixel(halfFilm(), x, y)).toThrow(/not in the film's crop window/);
  });
});
