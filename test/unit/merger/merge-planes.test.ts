// The film's inner loops against the plainest reading of what they promise: pixel by pixel, one value at a time, from
// the same bytes. Bytes begin at odd offsets, as those of a decoded message do.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContributionReader, type PlaneValues } from "../../../merger/contribution-reader.ts";
import {
  addCounts,
  addSums,
  holdsLeast,
  type Placement,
  subtractSums,
  takeClosest,
  takeLeast,
  valueAt,
} from "../../../merger/merge-planes.ts";
import { filmChannels } from "../../../proto/film-spec.ts";
import type { PlaneEncoding } from "../../../proto/wire-plane.ts";
import { filmSpecOf, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf();
const channels = filmChannels(spec);
const quantumsMax = (2 ** 29 / spec.maxSpp) * 2 ** 24;

/** A plane as the reader gives it out for these bytes, in a copy of its own. */
function planeOf(op: "sum" | "min" | "closest", encoding: PlaneEncoding, values: readonly number[]): PlaneValues {
  const index = channels.findIndex((channel) => channel.op === op);
  const planes = channels.map((_, at) => (at === index ? wirePlane(encoding, values) : wirePlane("constant", [0])));
  const count = encoding === "constant" ? 1 : values.length;
  return new ContributionReader(spec).read(planes, count, spec.maxSpp)[index]!;
}

/** A rectangle in a film that is larger on all sides: what lies outside of it must stay as it is. */
const placements: fc.Arbitrary<Placement & { readonly filmPx: number }> = fc
  .record({
    widthPx: fc.integer({ min: 1, max: 11 }),
    heightPx: fc.integer({ min: 1, max: 5 }),
    left: fc.nat(3),
    right: fc.nat(3),
    above: fc.nat(2),
    below: fc.nat(2),
  })
  .map(({ widthPx, heightPx, left, right, above, below }) => {
    const stridePx = left + widthPx + right;
    return {
      widthPx,
      heightPx,
      stridePx,
      offset: above * stridePx + left,
      filmPx: (above + heightPx + below) * stridePx,
    };
  });

/** [pixel of the film, pixel of the contribution] of all pixels of the rectangle. */
function pixels({ widthPx, heightPx, stridePx, offset }: Placement): [number, number][] {
  return Array.from({ length: widthPx * heightPx }, (_, at) => [
    offset + Math.floor(at / widthPx) * stridePx + (at % widthPx),
    at,
  ]);
}

const integers: Readonly<Record<string, fc.Arbitrary<number>>> = {
  int32: fc.integer(),
  float64: fc.integer({ min: -quantumsMax, max: quantumsMax }),
  constant: fc.oneof(fc.constant(0), fc.integer({ min: -quantumsMax, max: quantumsMax })),
};

/** Few different values, so that ties and both zeros occur. */
const depths = fc.constantFrom(0, -0, 0.25, 0.5, 2, Number.POSITIVE_INFINITY);
const shades = fc.constantFrom(-1, -0, 0, 0.5);

/** As many values as the plane has; a constant's one stands for all. */
const arrayFor = (encoding: PlaneEncoding, place: Placement, one: fc.Arbitrary<number>) => {
  const length = encoding === "constant" ? 1 : place.widthPx * place.heightPx;
  return fc.array(one, { minLength: length, maxLength: length });
};
const at = (encoding: PlaneEncoding, values: readonly number[], from: number) =>
  values[encoding === "constant" ? 0 : from]!;

/** Bits, not numbers: −0 is another film than +0. */
const bits = (values: Float64Array | Float32Array) => Buffer.from(values.buffer).toString("hex");

const sumCases = placements.chain((place) =>
  fc.constantFrom<PlaneEncoding>("int32", "float64", "constant").chain((encoding) =>
    fc.record({
      place: fc.constant(place),
      encoding: fc.constant(encoding),
      values: arrayFor(encoding, place, integers[encoding]!),
      before: fc.array(
        fc.maxSafeInteger().map((value) => Math.trunc(value / 2)),
        {
          minLength: place.filmPx,
          maxLength: place.filmPx,
        },
      ),
    }),
  ),
);

const valueEncodings = fc.constantFrom<PlaneEncoding>("float32", "constant");

describe("sums", () => {
  it("any encoding, any place -> each pixel's exact sum, and no other pixel touched; taken out again, as before", () => {
    fc.assert(
      fc.property(sumCases, ({ place, encoding, values, before }) => {
        const film = Float64Array.from(before, (value) => value + 0);
        const expected = Float64Array.from(film);
        const untouched = bits(film);
        for (const [to, from] of pixels(place)) {
          expected[to] = Number(BigInt(before[to]!) + BigInt(at(encoding, values, from)));
        }
        const plane = planeOf("sum", encoding, values);
        addSums(film, place, plane);
        expect(bits(film)).toBe(bits(expected));
        subtractSums(film, place, plane);
        expect(bits(film)).toBe(untouched);
      }),
    );
  });

  it("counts -> raised in the rectangle alone, and lowered again by a negative count", () => {
    fc.assert(
      fc.property(placements, fc.integer({ min: 1, max: 4096 }), (place, sampleCount) => {
        const counts = new Uint32Array(place.filmPx).fill(7);
        const expected = Uint32Array.from(counts);
        for (const [to] of pixels(place)) expected[to] = 7 + sampleCount;
        addCounts(counts, place, sampleCount);
        expect(counts).toEqual(expected);
        addCounts(counts, place, -sampleCount);
        expect(counts).toEqual(new Uint32Array(place.filmPx).fill(7));
      }),
    );
  });
});

const depthCases = placements.chain((place) =>
  valueEncodings.chain((encoding) =>
    fc.record({
      place: fc.constant(place),
      encoding: fc.constant(encoding),
      values: arrayFor(encoding, place, depths),
      before: fc.array(
        depths.map((depth) => depth + 0),
        { minLength: place.filmPx, maxLength: place.filmPx },
      ),
      counts: fc.array(fc.nat(2), { minLength: place.filmPx, maxLength: place.filmPx }),
    }),
  ),
);

describe("depth", () => {
  it("any encoding, any place -> the least of both; zeros are +0; again -> nothing changes", () => {
    fc.assert(
      fc.property(depthCases, ({ place, encoding, values, before }) => {
        const film = Float32Array.from(before);
        const expected = Float32Array.from(before);
        for (const [to, from] of pixels(place)) expected[to] = Math.min(before[to]!, at(encoding, values, from) + 0);
        const plane = planeOf("min", encoding, values);
        takeLeast(film, place, plane);
        expect(bits(film)).toBe(bits(expected));
        takeLeast(film, place, plane);
        expect(bits(film)).toBe(bits(expected));
      }),
    );
  });

  it("taken out where others have samples -> lost only if a finite least depth may have been its own", () => {
    fc.assert(
      fc.property(depthCases, ({ place, encoding, values, before, counts }) => {
        const film = Float32Array.from(before);
        const plane = planeOf("min", encoding, values);
        takeLeast(film, place, plane);
        const isLost = pixels(place).some(([to, from]) => {
          const depth = at(encoding, values, from);
          return counts[to]! > 0 && Number.isFinite(depth) && film[to] === depth + 0;
        });
        expect(holdsLeast(film, place, plane, Uint32Array.from(counts))).toBe(isLost);
      }),
    );
  });
});

interface Sampled {
  readonly depth: number;
  readonly values: readonly number[];
}

/** Contributions to one pixel each holds; three channels, as position has. */
const layers = fc.array(fc.record({ depth: depths, values: fc.tuple(shades, shades, shades) }), {
  minLength: 1,
  maxLength: 5,
});

/** The least of (depth, values) in order: what any order of merging must come to. */
function nearest(samples: readonly Sampled[]): number[] {
  const keys = samples.map(({ depth, values }) => [depth, ...values].map((value) => value + 0));
  keys.sort((a, b) => {
    const differs = a.findIndex((value, index) => value !== b[index]);
    return differs < 0 ? 0 : a[differs]! - b[differs]! || (a[differs]! < b[differs]! ? -1 : 1);
  });
  return keys[0]!.slice(1);
}

describe("closest", () => {
  it("contributions in any order, some twice -> the nearest sample's value, at equal depth the least", () => {
    fc.assert(
      fc.property(
        layers.chain((first) =>
          fc.tuple(
            fc.constant(first),
            fc.shuffledSubarray([...first, ...first], { minLength: first.length * 2 }),
            valueEncodings,
          ),
        ),
        ([distinct, order, encoding]) => {
          const place = { offset: 2, stridePx: 5, widthPx: 2, heightPx: 2 };
          const counts = new Uint32Array(12);
          const filmDepth = new Float32Array(12).fill(Number.POSITIVE_INFINITY);
          const film = [9, 9, 9].map((fill) => new Float32Array(12).fill(fill));
          const spread = (value: number) => (encoding === "constant" ? [value] : [value, value, value, value]);
          for (const { depth, values } of order) {
            const depthPlane = planeOf("min", encoding, spread(depth));
            const planes = values.map((value) => planeOf("closest", encoding, spread(value)));
            takeClosest({ counts, filmDepth, depth: depthPlane, film, planes }, place);
            takeLeast(filmDepth, place, depthPlane);
            addCounts(counts, place, 1);
          }
          const expected = nearest(distinct);
          const inside = new Set(pixels(place).map(([to]) => to));
          for (const [channel, plane] of film.entries()) {
            for (let pixel = 0; pixel < plane.length; pixel++) {
              expect(Object.is(plane[pixel], inside.has(pixel) ? expected[channel] : 9)).toBe(true);
            }
          }
        },
      ),
    );
  });
});

it("a plane's value -> its own per pixel, or the constant everywhere", () => {
  const perPixel = planeOf("min", "float32", [1, 2, 3]);
  const constant = planeOf("min", "constant", [4]);
  expect([0, 1, 2].map((pixel) => [valueAt(perPixel, pixel), valueAt(constant, pixel)])).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
  ]);
});
