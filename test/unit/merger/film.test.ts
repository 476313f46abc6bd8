import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Film } from "../../../merger/film.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { filmChannels } from "../../../proto/film-spec.ts";
import type { PixelRect } from "../../../proto/rect.ts";
import { contributionOf, filmSpecOf, mergedPixel, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf();

/** Everything that a film consists of, as comparable bytes. */
function filmBytes(film: Film): string[] {
  return [film.counts, ...film.planes].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
  );
}

const rects = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 23 }), fc.nat(15), fc.nat(15))
  .map(([x0, y0, w, h]): PixelRect => ({ x0, y0, x1: Math.min(40, x0 + w + 1), y1: Math.min(24, y0 + h + 1) }));
const pieces = fc.tuple(rects, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 6 }));

describe("film", () => {
  it("any pieces in any order give the same bytes", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (list, keys) => {
        const contributions = list.map(([rect, begin, count]) => contributionOf(spec, rect, begin, begin + count));
        const inOrder = new Film(spec);
        for (const one of contributions) inOrder.add(one);
        const shuffled = new Film(spec);
        const order = contributions.map((one) => ({ one, key: keys.next().value ?? 0 }));
        for (const { one } of order.sort((a, b) => a.key - b.key)) shuffled.add(one);
        expect(filmBytes(shuffled)).toEqual(filmBytes(inOrder));
      }),
      { numRuns: 60 },
    );
  });

  it("ranges cut anywhere give what BigInt sums of all samples give", () => {
    const rect = { x0: 3, y0: 5, x1: 14, y1: 12 };
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 6 }), (cuts) => {
        const film = new Film(spec);
        const bounds = [0, ...cuts.sort((a, b) => a - b), 40];
        for (let at = 0; at + 1 < bounds.length; at++) film.add(contributionOf(spec, rect, bounds[at], bounds[at + 1]));
        const channels = filmChannels(spec);
        for (let y = rect.y0; y < rect.y1; y++) {
          for (let x = rect.x0; x < rect.x1; x++) {
            const found = film.planes.map((plane) => plane[y * 40 + x]);
            expect(found).toEqual(mergedPixel(channels, x, y, 0, 40));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("a contribution taken out again leaves sums and counts as they were", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 5 }), pieces, (before, [rect, begin, count]) => {
        const film = new Film(spec);
        for (const [r, b, c] of before) film.add(contributionOf(spec, r, b, b + c));
        const expected = filmBytes(film);
        const added = contributionOf(spec, rect, 100 + begin, 100 + begin + count);
        film.add(added);
        const { t } = film.retract(added);
        const kept = (index: number) => index === 0 || film.channels[index - 1].op === "sum" || t === "exact";
        filmBytes(film).forEach((bytes, index) => {
          if (kept(index)) expect(bytes).toBe(expected[index]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("a contribution taken out of an otherwise empty rectangle is gone without trace", () => {
    const film = new Film(spec);
    const one = contributionOf(spec, { x0: 0, y0: 0, x1: 16, y1: 16 }, 0, 8);
    film.add(one);
    expect(film.retract(one)).toEqual({ t: "exact" });
    expect(filmSha256(film)).toBe(filmSha256(new Film(spec)));
  });

  it("taking out what held the nearest depth says that the tile must be rendered again", () => {
    const film = new Film(spec);
    const rect = { x0: 0, y0: 0, x1: 16, y1: 16 };
    film.add(contributionOf(spec, rect, 0, 8));
    const second = contributionOf(spec, rect, 8, 64);
    film.add(second);
    expect(film.retract(second)).toEqual({ t: "extremesLost" });
  });

  it("taking out more samples than there are is refused and changes nothing", () => {
    const film = new Film(spec);
    film.add(contributionOf(spec, { x0: 0, y0: 0, x1: 8, y1: 8 }, 0, 2));
    const before = filmBytes(film);
    expect(() => film.retract(contributionOf(spec, { x0: 0, y0: 0, x1: 8, y1: 8 }, 0, 3))).toThrow(RangeError);
    expect(filmBytes(film)).toEqual(before);
  });

  it("minus zero and zero give the same bytes in both orders", () => {
    const small = filmSpecOf({ widthPx: 1, heightPx: 1, outputs: ["beauty", "alpha", "luminance2", "depth", "id"] });
    const film = (depths: number[]) => {
      const made = new Film(small);
      for (const depth of depths) {
        const sums = Array.from({ length: 5 }, () => wirePlane("constant", [-0]));
        const planes = [...sums, wirePlane("float32", [depth]), wirePlane("float32", [depth])];
        made.add({ rect: { x0: 0, y0: 0, x1: 1, y1: 1 }, sampleCount: 1, planes });
      }
      return filmBytes(made);
    };
    expect(film([-0, 0])).toEqual(film([0, -0]));
    expect(film([-0])).toEqual(film([0]));
  });

  it("a crop window's film holds only its pixels, at the right place", () => {
    const cropped = filmSpecOf({ cropWindow: { x0: 10, y0: 6, x1: 30, y1: 20 } });
    const film = new Film(cropped);
    film.add(contributionOf(cropped, { x0: 16, y0: 16, x1: 30, y1: 20 }, 0, 4));
    expect(film.counts.length).toBe(20 * 14);
    expect(film.counts[(16 - 6) * 20 + (16 - 10)]).toBe(4);
    expect(film.counts[(16 - 6) * 20 + (15 - 10)]).toBe(0);
    const channels = filmChannels(cropped);
    expect(film.planes.map((plane) => plane[(19 - 6) * 20 + 19])).toEqual(mergedPixel(channels, 29, 19, 0, 4));
  });
});
