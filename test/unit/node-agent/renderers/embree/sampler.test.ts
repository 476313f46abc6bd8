// The path tracer's random numbers: nets, addresses, independence.
import { describe, expect, it } from "vitest";
import { loadSamplingTestAddon } from "./sampling-test-addon.ts";

const { drawNumbers } = loadSamplingTestAddon();

/** Whether each elementary interval of the shape has as many points: 2^shape[d] parts along dimension d. */
function isEven(points: readonly (readonly number[])[], shape: readonly number[]): boolean {
  const cellCount = 2 ** shape.reduce((sum, bits) => sum + bits, 0);
  const counts = new Uint32Array(cellCount);
  for (const point of points) {
    let cell = 0;
    for (const [d, bits] of shape.entries()) cell = cell * 2 ** bits + Math.floor((point[d] ?? 0) * 2 ** bits);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts.every((count) => count === points.length / cellCount);
}

/** Dimensions [begin, end) of samples [first, first + count), drawn by `calls`. */
function points(pixel: number, first: number, count: number, calls: string, [begin, end]: readonly [number, number]) {
  const numbers = drawNumbers(7, pixel, 3, first, first + count, calls);
  const width = numbers.length / count;
  return Array.from({ length: count }, (_, i) => [...numbers.subarray(i * width + begin, i * width + end)]);
}

function correlation(a: Float32Array, b: Float32Array): number {
  const product = a.reduce((sum, value, i) => sum + (value - 0.5) * ((b[i] ?? 0) - 0.5), 0);
  return (12 * product) / a.length;
}

describe("the sampler", () => {
  it("makes each 2^m prefix of each pair a (0, m, 2)-net in base 2", () => {
    const uneven: string[] = [];
    for (const calls of ["2", "22", "222", "2222", "12", "112", "1212", "211112"]) {
      const width = [...calls].reduce((sum, call) => sum + Number(call), 0);
      for (let pixel = 0; pixel < 6; ++pixel) {
        const all = points(pixel, 0, 1024, calls, [width - 2, width]);
        for (let m = 0; m <= 10; ++m) {
          for (let bits = 0; bits <= m; ++bits) {
            if (!isEven(all.slice(0, 2 ** m), [bits, m - bits])) uneven.push(`${calls} ${pixel} ${m} ${bits}`);
          }
        }
      }
    }
    expect(uneven).toEqual([]);
  });

  it("makes a net of every later aligned block of samples too", () => {
    for (const first of [64, 192, 4096 - 64, 2 ** 28 - 64]) {
      const block = points(1, first, 64, "22", [2, 4]);
      for (let bits = 0; bits <= 6; ++bits) expect(isEven(block, [bits, 6 - bits])).toBe(true);
    }
  });

  it("stratifies single numbers in each 2^m prefix", () => {
    for (let dimension = 0; dimension < 6; ++dimension) {
      const all = points(2, 0, 4096, "111111", [dimension, dimension + 1]);
      for (let m = 0; m <= 12; ++m) expect(isEven(all.slice(0, 2 ** m), [m])).toBe(true);
    }
  });

  it("makes 4^k samples of two calls that share a group a (0, k, 4)-net in base 4", () => {
    for (const [begin, calls] of [
      [0, "22"],
      [2, "1122"],
    ] as const) {
      const all = points(5, 0, 1024, calls, [begin, begin + 4]);
      for (let k = 1; k <= 5; ++k) {
        const prefix = all.slice(0, 4 ** k);
        for (let a = 0; a <= k; ++a) {
          for (let b = 0; a + b <= k; ++b) {
            for (let c = 0; a + b + c <= k; ++c) {
              expect(isEven(prefix, [2 * a, 2 * b, 2 * c, 2 * (k - a - b - c)])).toBe(true);
            }
          }
        }
      }
    }
  });

  it("orders the samples anew for each group, so that numbers of different groups fill the square", () => {
    // Independent orders fill 63 % of 32 × 32 cells; one order for both groups would fill 32 cells.
    for (let pixel = 0; pixel < 4; ++pixel) {
      const all = points(pixel, 0, 1024, "222222", [0, 12]);
      for (const [a, b] of [
        [0, 4],
        [0, 8],
        [4, 8],
        [1, 5],
        [2, 7],
        [3, 11],
      ] as const) {
        const cells = new Set(all.map((u) => 32 * Math.floor(32 * (u[a] ?? 0)) + Math.floor(32 * (u[b] ?? 0))));
        expect(Math.abs(cells.size - 647)).toBeLessThan(100);
      }
    }
  });

  it("integrates a product of four numbers far better than independent ones", () => {
    // Independent numbers would leave a standard deviation of sqrt((4/3)^4 - 1) / sqrt(256) = 0.092.
    let squares = 0;
    for (let pixel = 0; pixel < 200; ++pixel) {
      const all = points(pixel, 0, 256, "22", [0, 4]);
      const mean = all.reduce((sum, u) => sum + 16 * u.reduce((product, value) => product * value, 1), 0) / 256;
      squares += (mean - 1) ** 2;
    }
    expect(Math.sqrt(squares / 200)).toBeLessThan(0.01);
  });

  it("gives an address its numbers whatever was drawn before, and whoever else draws", () => {
    const together = drawNumbers(9, 100, 200, 0, 64, "2112");
    for (const i of [63, 5, 0, 31]) {
      expect([...drawNumbers(9, 100, 200, i, i + 1, "2112")]).toEqual([...together.subarray(i * 6, i * 6 + 6)]);
    }
    expect([...drawNumbers(9, 100, 200, 5, 6, "21")]).toEqual([...together.subarray(30, 33)]);
  });

  it("stays in [0, 1), reaching to a 24-bit step from both ends, for extreme addresses too", () => {
    const corners = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
    for (const seed of corners) {
      for (const x of corners) {
        for (const begin of [0, 2 ** 31 - 8, 2 ** 32 - 9]) {
          const numbers = drawNumbers(seed, x, 0xffffffff, begin, begin + 8, "212121212121");
          expect(numbers.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24))).toBe(true);
        }
      }
    }
    const many = drawNumbers(1, 0, 0, 0, 2 ** 20, "2");
    expect(Math.min(...many.subarray(0, 2 ** 16))).toBeLessThan(2 ** -14);
    expect(many.reduce((least, u) => Math.min(least, u), 1)).toBeLessThan(2 ** -18);
    expect(many.reduce((most, u) => Math.max(most, u), 0)).toBeGreaterThan(1 - 2 ** -18);
  });

  it("decorrelates neighbouring pixels, seeds and dimensions", () => {
    // 2^14 independent products have a standard deviation of 1/128 here.
    const side = 128;
    const first = (seed: number, dx: number, dy: number, calls = "1", offset = 0) =>
      Float32Array.from({ length: side * side }, (_, i) => {
        const numbers = drawNumbers(seed, (i % side) + dx, Math.floor(i / side) + dy, 0, 1, calls);
        return numbers[offset] ?? Number.NaN;
      });
    const base = first(0, 0, 0);
    const others: [string, Float32Array][] = [
      ["right", first(0, 1, 0)],
      ["below", first(0, 0, 1)],
      ["diagonal", first(0, 1, 1)],
      ["next tile", first(0, 64, 0)],
      ["next seed", first(1, 0, 0)],
      ["second call", first(0, 0, 0, "11", 1)],
      ["third call", first(0, 0, 0, "111", 2)],
      ["the pair's second", first(0, 0, 0, "2", 1)],
    ];
    for (const [name, values] of others) expect(Math.abs(correlation(base, values)), name).toBeLessThan(4.5 / side);
  });

  it("spreads the first sample of all pixels evenly, so that one sample a pixel is not biased", () => {
    const counts = new Uint32Array(64);
    for (let i = 0; i < 2 ** 14; ++i) {
      const [x = 0, y = 0] = drawNumbers(3, i % 128, i >> 7, 0, 1, "2");
      const cell = 8 * Math.floor(8 * x) + Math.floor(8 * y);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const chiSquared = counts.reduce((sum, count) => sum + (count - 256) ** 2 / 256, 0);
    expect(chiSquared).toBeLessThan(63 + 4.5 * Math.sqrt(2 * 63));
  });
});
