import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Film } from "../../../merger/film.ts";
import type { FilmPlanes } from "../../../merger/film-planes.ts";
import { channelOf, resolve, resolveCounts } from "../../../merger/resolve.ts";
import { filmChannels } from "../../../proto/film-spec.ts";
import { areaPx, type PixelRect, widthPx } from "../../../proto/rect.ts";
import { contributionOf, filmSpecOf, mergedPixel, sampleValue } from "./analytic-samples.ts";

const crop: PixelRect = { x0: 5, y0: 3, x1: 35, y1: 20 };
const spec = filmSpecOf({ cropWindow: crop });
const channels = filmChannels(spec);

/** The left part has 7 samples a pixel, the right part 3, the last row none. */
function filmOfTwoParts(): FilmPlanes {
  const film = new Film(spec);
  film.add(contributionOf(spec, { ...crop, x1: 17, y1: 19 }, 0, 7));
  film.add(contributionOf(spec, { ...crop, x0: 17, y1: 19 }, 0, 3));
  return film;
}
const film = filmOfTwoParts();

const insideCrop = fc
  .tuple(fc.integer({ min: 5, max: 34 }), fc.integer({ min: 3, max: 19 }), fc.nat(40), fc.nat(40))
  .map(([x0, y0, w, h]): PixelRect => ({ x0, y0, x1: Math.min(35, x0 + w + 1), y1: Math.min(20, y0 + h + 1) }));

describe("resolve", () => {
  it("sums become the mean of the samples, depth the least, closest as merged; nothing sampled is 0, depth +∞", () => {
    const image = resolve(film);
    expect(image.rect).toEqual(crop);
    expect(image.channels.map(({ output, channel }) => [output, channel])).toEqual(
      channels.map(({ output, channel }) => [output, channel]),
    );
    for (let y = crop.y0; y < crop.y1; y++) {
      for (let x = crop.x0; x < crop.x1; x++) {
        const count = y === 19 ? 0 : x < 17 ? 7 : 3;
        const at = (y - crop.y0) * widthPx(crop) + x - crop.x0;
        const found = image.channels.map(({ values }) => values[at]);
        const wanted = channels.map((channel, index) => {
          if (count === 0) return channel.op === "min" ? Number.POSITIVE_INFINITY : 0;
          if (channel.op !== "sum") return mergedPixel(channels, x, y, 0, count)[index];
          let sum = 0;
          for (let i = 0; i < count; i++) sum += sampleValue(channel, x, y, i) / 2 ** 24;
          return Math.fround(sum / count);
        });
        expect(found).toEqual(wanted);
      }
    }
  });

  it("any rectangle → the same values as that part of the whole image", () => {
    const whole = resolve(film);
    const counts = resolveCounts(film);
    fc.assert(
      fc.property(insideCrop, (rect) => {
        const part = resolve(film, undefined, rect);
        const partCounts = resolveCounts(film, rect);
        expect(partCounts).toHaveLength(areaPx(rect));
        let at = 0;
        for (let y = rect.y0; y < rect.y1; y++) {
          for (let x = rect.x0; x < rect.x1; x++, at++) {
            const from = (y - crop.y0) * widthPx(crop) + x - crop.x0;
            expect(partCounts[at]).toBe(counts[from]);
            for (const [c, { values }] of part.channels.entries())
              expect(values[at]).toBe(whole.channels[c].values[from]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("some outputs → only their channels, in the film's order", () => {
    const image = resolve(film, ["depth", "beauty"]);
    expect(image.channels.map(({ channel }) => channel)).toEqual(["R", "G", "B", "Z"]);
    expect(channelOf(image, "beauty", "G")).toBe(image.channels[1].values);
    expect(channelOf(image, "albedo", "R")).toBeUndefined();
  });

  it("sums up to 2⁵³ → means without loss beyond one float32 rounding", () => {
    const small = filmSpecOf({ widthPx: 1, heightPx: 1 });
    const value = 2 ** 53 - 1;
    const planes = filmChannels(small).map(({ op }) => (op === "sum" ? Float64Array.of(value) : Float32Array.of(1)));
    const image = resolve({ spec: small, counts: Uint32Array.of(4096), planes });
    expect(image.channels[0].values[0]).toBe(Math.fround(value / 2 ** 24 / 4096));
  });

  it("a rectangle that leaves the crop window or is empty → RangeError", () => {
    for (const rect of [
      { ...crop, x0: 4 },
      { ...crop, y1: 21 },
      { ...crop, x1: crop.x0 },
    ]) {
      expect(() => resolve(film, undefined, rect)).toThrow(RangeError);
    }
  });
});
