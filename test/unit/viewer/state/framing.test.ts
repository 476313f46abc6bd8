// Pan and zoom of the page's picture.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filmPoint, fitted, oneToOne, pagePoint, panned, zoomed } from "../../../../viewer/state/framing.ts";

const film = { width: 1920, height: 1080 };
const page = { width: 1000, height: 800 };
const coordinate = fc.double({ min: -2000, max: 2000, noNaN: true });

describe("the page's framing", () => {
  it("fits -> the whole film is seen, in the middle", () => {
    const framing = fitted(film, page);
    const [corner, middle] = [pagePoint(framing, { x: 0, y: 0 }), pagePoint(framing, { x: 960, y: 540 })];
    expect(corner.x).toBeCloseTo(0, 9);
    expect(corner.y).toBeCloseTo(118.75, 9);
    expect(middle.x).toBeCloseTo(500, 9);
    expect(middle.y).toBeCloseTo(400, 9);
  });

  it("1:1 -> film pixels lie on device pixels", () => {
    const framing = oneToOne({ width: 333, height: 111 }, page, 2);
    expect(framing.scale).toBe(0.5);
    expect(Number.isInteger(framing.origin.x * 2) && Number.isInteger(framing.origin.y * 2)).toBe(true);
  });

  it("zooms about any point -> what was under it still is", () => {
    fc.assert(
      fc.property(coordinate, coordinate, fc.double({ min: 0.1, max: 10, noNaN: true }), (x, y, factor) => {
        const before = fitted(film, page);
        const after = zoomed(before, factor, { x, y });
        const [was, is] = [filmPoint(before, { x, y }), filmPoint(after, { x, y })];
        expect(is.x).toBeCloseTo(was.x, 6);
        expect(is.y).toBeCloseTo(was.y, 6);
      }),
    );
  });

  it("pans far away -> an edge of the film stays in sight", () => {
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        const { scale, origin } = panned(fitted(film, page), { x: x * 10, y: y * 10 }, film, page);
        expect(origin.x + film.width * scale).toBeGreaterThan(0);
        expect(origin.x).toBeLessThan(page.width);
        expect(origin.y + film.height * scale).toBeGreaterThan(0);
        expect(origin.y).toBeLessThan(page.height);
      }),
    );
  });
});
