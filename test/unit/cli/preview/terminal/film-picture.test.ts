// The film made small: means of what is under each pixel, whatever the tiles.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FilmPicture } from "../../../../../cli/preview/terminal/film-picture.ts";

function tile(rect: { x0: number; y0: number; x1: number; y1: number }, value: (x: number, y: number) => number) {
  const width = rect.x1 - rect.x0;
  const rgba = Float32Array.from({ length: 4 * width * (rect.y1 - rect.y0) }, (_, at) => {
    const pixel = Math.floor(at / 4);
    return value(rect.x0 + (pixel % width), rect.y0 + Math.floor(pixel / width));
  });
  return { rect, rgba };
}

describe("a film's small picture", () => {
  it("at its own size -> its pixels; a crop begins at its corner; outside it nothing is drawn", () => {
    const picture = new FilmPicture({ x0: 2, y0: 1, x1: 4, y1: 3 }, 100);
    picture.draw(tile({ x0: 0, y0: 0, x1: 4, y1: 4 }, (x, y) => 10 * y + x));
    picture.draw(tile({ x0: 4, y0: 0, x1: 8, y1: 4 }, () => 99));
    expect([...picture.scaled(2, 2).r]).toEqual([12, 13, 22, 23]);
  });

  it("a large film -> kept as means of squares; a small picture of it has the mean of each part", () => {
    const picture = new FilmPicture({ x0: 0, y0: 0, x1: 256, y1: 128 }, 64);
    for (let y = 0; y < 128; y += 64)
      for (let x = 0; x < 256; x += 64)
        picture.draw(tile({ x0: x, y0: y, x1: x + 64, y1: y + 64 }, (px) => (px < 128 ? px % 2 : 4)));
    const { g } = picture.scaled(2, 1);
    expect([...g].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([0.5, 4]);
  });

  it("one colour, any size, any scale -> that colour everywhere: nothing is lost or added", () => {
    const sizes = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(sizes, sizes, sizes, sizes, (width, height, toWidth, toHeight) => {
        const picture = new FilmPicture({ x0: 0, y0: 0, x1: width, y1: height }, 32);
        picture.draw(tile({ x0: 0, y0: 0, x1: width, y1: height }, () => 0.75));
        for (const value of picture.scaled(toWidth, toHeight).b) expect(value).toBeCloseTo(0.75, 4);
      }),
      { numRuns: 40 },
    );
  });

  it("no number, infinity, less than nothing -> spoil no neighbours", () => {
    const picture = new FilmPicture({ x0: 0, y0: 0, x1: 4, y1: 1 }, 100);
    picture.draw(tile({ x0: 0, y0: 0, x1: 4, y1: 1 }, (x) => [Number.NaN, Number.POSITIVE_INFINITY, -1, 1][x] ?? 0));
    expect([...picture.scaled(4, 1).r]).toEqual([0, 65_504, 0, 1]);
  });
});
