import { describe, expect, it } from "vitest";
import { pixelErrors, tileError } from "../../../merger/error-estimate.ts";
import { Film } from "../../../merger/film.ts";
import { quantumsPerUnit } from "../../../proto/film-spec.ts";
import { requiredOutputs } from "../../../proto/outputs.ts";
import { filmSpecOf, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf({ widthPx: 4, heightPx: 2, tileSizePx: 8, outputs: requiredOutputs });
const whole = { x0: 0, y0: 0, x1: 4, y1: 2 };

/** A grey film whose pixels all have these luminances as samples. */
function filmOf(luminances: readonly number[]): Film {
  const film = new Film(spec);
  for (const value of luminances) {
    const grey = wirePlane("constant", [Math.round(value * quantumsPerUnit)]);
    const squared = wirePlane("constant", [Math.round(value * value * quantumsPerUnit)]);
    const alpha = wirePlane("constant", [quantumsPerUnit]);
    film.add({ rect: whole, sampleCount: 1, planes: [grey, grey, grey, alpha, squared] });
  }
  return film;
}

describe("error estimate", () => {
  it("fewer than two samples → no error is claimed", () => {
    expect(tileError(filmOf([]), whole)).toBeUndefined();
    expect(tileError(filmOf([1]), whole)).toBeUndefined();
    expect([...pixelErrors(filmOf([1]))]).toEqual(new Array(8).fill(Number.POSITIVE_INFINITY));
  });

  it("known samples → the textbook value", () => {
    // mean 0.5, sample variance (n − 1) of {0, 0.5, 1} = 0.25, of the mean 0.25 / 3
    const expected = Math.sqrt(0.25 / 3 / 0.51);
    expect(tileError(filmOf([0, 0.5, 1]), whole)).toBeCloseTo(expected, 6);
    expect(pixelErrors(filmOf([0, 0.5, 1]))[5]).toBeCloseTo(expected, 6);
  });

  it("equal samples → zero, however bright or dark", () => {
    for (const value of [0, 1e-5, 0.1, 1, 300])
      expect(tileError(filmOf([value, value, value]), whole)).toBeLessThan(1e-3);
    expect(tileError(filmOf([0, 0]), whole)).toBe(0);
  });

  it("four times the samples of the same spread → half the error", () => {
    const few = tileError(filmOf(new Array(64).fill(0).map((_, at) => at % 2)), whole) as number;
    const many = tileError(filmOf(new Array(256).fill(0).map((_, at) => at % 2)), whole) as number;
    expect(few / many).toBeCloseTo(2, 1);
  });

  it("a part of the film → only its pixels count", () => {
    const film = filmOf([1, 1]);
    const noisy = [0, 0.7].map((value) => wirePlane("constant", [Math.round(value * quantumsPerUnit)]));
    const rect = { x0: 0, y0: 0, x1: 2, y1: 2 };
    film.add({ rect, sampleCount: 1, planes: [noisy[0], noisy[0], noisy[0], noisy[0], noisy[0]] });
    expect(tileError(film, { x0: 2, y0: 0, x1: 4, y1: 2 })).toBeLessThan(1e-3);
    expect(tileError(film, rect)).toBeGreaterThan(0.1);
  });
});
