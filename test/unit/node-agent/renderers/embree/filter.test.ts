// Filter importance sampling against the filters' formulas, integrated numerically.
import { describe, expect, it } from "vitest";
import { loadSamplingTestAddon } from "./sampling-test-addon.ts";

const { filterOffsets } = loadSamplingTestAddon();

type Kind = "blackman-harris" | "gaussian" | "box";

/** t = offset / radius. Harris's window in the form with cosines about its middle; a Gaussian with σ = radius / 3. */
const shapes: Record<Kind, (t: number) => number> = {
  "blackman-harris": (t) =>
    0.35875 +
    0.48829 * Math.cos(Math.PI * t) +
    0.14128 * Math.cos(2 * Math.PI * t) +
    0.01168 * Math.cos(3 * Math.PI * t),
  gaussian: (t) => Math.exp(-4.5 * t * t) - Math.exp(-4.5),
  box: () => 1,
};

function simpson(f: (t: number) => number, from: number, to: number, partCount = 400): number {
  const step = (to - from) / partCount;
  let sum = f(from) + f(to);
  for (let i = 1; i < partCount; ++i) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * step);
  return (sum * step) / 3;
}

function axis(kind: Kind, radiusPx: number, u: Float32Array): Float32Array {
  const pairs = new Float32Array(2 * u.length);
  for (const [i, value] of u.entries()) pairs[2 * i] = value;
  return filterOffsets(kind, radiusPx, pairs).filter((_, i) => i % 2 === 0);
}

const radiiPx: [Kind, number][] = [
  ["blackman-harris", 0.75],
  ["blackman-harris", 1.5],
  ["gaussian", 1.5],
  ["box", 0.5],
];

describe.each(radiiPx)("%s of radius %f px", (kind, radiusPx) => {
  const shape = shapes[kind];
  const area = simpson(shape, -1, 1);

  it("leaves a share u of the filter below the offset of u", () => {
    const u = Float32Array.from({ length: 511 }, (_, i) => (i + 1) / 512);
    const tails = Float32Array.of(2 ** -18, 2 ** -14, 2 ** -11, 1 - 2 ** -11, 1 - 2 ** -14, 1 - 2 ** -18);
    for (const numbers of [u, tails]) {
      for (const [i, offset] of axis(kind, radiusPx, numbers).entries()) {
        const share = simpson(shape, -1, offset / radiusPx) / area;
        expect(Math.abs(share - (numbers[i] ?? 0))).toBeLessThan(2e-6);
      }
    }
  });

  it("has the filter's moments", () => {
    const count = 2 ** 16;
    const offsets = axis(
      kind,
      radiusPx,
      Float32Array.from({ length: count }, (_, i) => (i + 0.5) / count),
    );
    for (const power of [1, 2, 3, 4]) {
      const expected = simpson((t) => t ** power * shape(t), -1, 1) / area;
      const mean = offsets.reduce((sum, offset) => sum + (offset / radiusPx) ** power, 0) / count;
      expect(Math.abs(mean - expected)).toBeLessThan(2e-6);
    }
  });

  it("rises with u, within the radius, from end to end", () => {
    const u = Float32Array.from({ length: 2 ** 12 }, (_, i) => i / 2 ** 12);
    const offsets = axis(kind, radiusPx, u);
    expect(offsets[0]).toBe(-radiusPx);
    for (let i = 1; i < offsets.length; ++i) expect(offsets[i]).toBeGreaterThan(offsets[i - 1] ?? Number.NaN);
    const [last = Number.NaN] = axis(kind, radiusPx, Float32Array.of(1 - 2 ** -24));
    expect(last).toBeLessThanOrEqual(radiusPx);
    expect(last).toBeGreaterThan(0.95 * radiusPx);
  });

  it("treats both axes alike and apart", () => {
    const u = Float32Array.of(0.1, 0.8);
    const [x = 0, y = 0] = filterOffsets(kind, radiusPx, u);
    const [x2 = 0, y2 = 0] = filterOffsets(kind, radiusPx, u.toReversed());
    expect([x2, y2]).toEqual([y, x]);
    expect(filterOffsets(kind, radiusPx, Float32Array.of(0.1, 0.3))[0]).toBe(x);
  });
});

it("puts half of a Blackman-Harris filter within 0.19214 of its radius, as its closed integral does", () => {
  // The quartiles of Harris's window, by bisection of its closed integral.
  const integral = (t: number) =>
    0.35875 * t +
    (0.48829 * Math.sin(Math.PI * t)) / Math.PI +
    (0.14128 * Math.sin(2 * Math.PI * t)) / (2 * Math.PI) +
    (0.01168 * Math.sin(3 * Math.PI * t)) / (3 * Math.PI);
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; ++i) {
    const middle = (low + high) / 2;
    if (integral(middle) < 0.35875 / 2) low = middle;
    else high = middle;
  }
  const [lower = 0, median = 1, upper = 0] = axis("blackman-harris", 1, Float32Array.of(0.25, 0.5, 0.75));
  expect(median).toBeCloseTo(0, 7);
  expect(low).toBeCloseTo(0.19214, 5);
  expect(Math.abs(upper - low)).toBeLessThan(2e-6);
  expect(Math.abs(lower + low)).toBeLessThan(2e-6);
});
