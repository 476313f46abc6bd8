import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { loadEmbreeTestAddon } from "./embree-test-addon.ts";

const addon = loadEmbreeTestAddon();
const COUNT = 200_000;

/** `count` floats spread over [low, high] without repeating (golden ratio). */
function spread(low: number, high: number, phase = 0): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => low + (high - low) * ((i * 0.6180339887498949 + phase) % 1));
}

/** Distance in units of the last place of the correctly rounded float; 0 for equal infinities and NaN. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || (Number.isNaN(actual) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) return Number.POSITIVE_INFINITY;
  const magnitude = Math.max(Math.abs(rounded), 2 ** -126);
  return Math.abs(actual - exact) / 2 ** (Math.floor(Math.log2(magnitude)) - 23);
}

function worst(name: string, reference: (x: number, y: number) => number, x: Float32Array, y = x): number {
  const results = addon.exactMath(name, x, y);
  return results.reduce((max, result, i) => Math.max(max, ulps(result, reference(x[i], y[i]))), 0);
}

function one(name: string, x: number, y = 0): number {
  return addon.exactMath(name, Float32Array.of(x), Float32Array.of(y))[0];
}

describe("exact mathematics against the language's own, in units of the last place of float", () => {
  it.each([
    ["sin", Math.sin, -7, 7],
    ["cos", Math.cos, -7, 7],
    ["tan", Math.tan, -7, 7],
    ["sin", Math.sin, -1e5, 1e5],
    ["cos", Math.cos, -1e5, 1e5],
    ["exp", Math.exp, -105, 89],
    ["exp2", (x: number) => 2 ** x, -150, 129],
    ["log", Math.log, 0, 4],
    ["log2", Math.log2, 0, 4],
    ["log", Math.log, 1, 3e38],
    ["acos", Math.acos, -1, 1],
    ["asin", Math.asin, -1, 1],
  ] as const)("%s is within 0.51 (case %#)", (name, reference, low, high) => {
    expect(worst(name, reference, spread(low, high))).toBeLessThan(0.51);
  });

  it("powers and angles of two arguments are within 0.51", () => {
    expect(worst("pow", (x, y) => x ** y, spread(0, 4), spread(-20, 20, 0.3))).toBeLessThan(0.51);
    expect(worst("atan2", Math.atan2, spread(-1, 1), spread(-1, 1, 0.3))).toBeLessThan(0.51);
    expect(worst("atan2", Math.atan2, spread(-1e-6, 1e-6), spread(-1, 1, 0.7))).toBeLessThan(0.51);
  });
});

describe("exact mathematics at the edges", () => {
  it("angles on the axes come out exactly", () => {
    expect(one("atan2", 0, 1)).toBe(0);
    expect(one("atan2", -0, -1)).toBe(Math.fround(-Math.PI));
    expect(one("atan2", 0, -1)).toBe(Math.fround(Math.PI));
    expect(one("atan2", 1, 0)).toBe(Math.fround(Math.PI / 2));
    expect(one("atan2", -1, 0)).toBe(Math.fround(-Math.PI / 2));
    expect(one("atan2", 0, 0)).toBe(0);
  });

  it("cosines beyond 1 by rounding count as 1", () => {
    expect(one("acos", 1.0000001)).toBe(0);
    expect(one("acos", -1.0000001)).toBe(Math.fround(Math.PI));
    expect(one("asin", 1.0000001)).toBe(Math.fround(Math.PI / 2));
  });

  it("overflow gives infinity, underflow 0, nonsense NaN", () => {
    expect(one("exp", 1000)).toBe(Number.POSITIVE_INFINITY);
    expect(one("exp", -1000)).toBe(0);
    expect(one("log", 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(one("log2", -1)).toBeNaN();
    expect(one("pow", -2, 3)).toBeNaN();
    expect(one("pow", 0, 0)).toBe(1);
    expect(one("pow", 0, -1)).toBe(Number.POSITIVE_INFINITY);
    for (const name of ["sin", "cos", "exp", "log", "acos", "asin"]) expect(one(name, Number.NaN)).toBeNaN();
  });

  it("sines of any float stay within [−1, 1]", () => {
    const x = Float32Array.from({ length: 256 }, (_, i) => 2 ** (i - 128));
    for (const name of ["sin", "cos"]) {
      for (const value of addon.exactMath(name, x)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }
  });
});

describe("exact mathematics on every machine", () => {
  it("gives these bits, whatever the processor, compiler and optimisation", () => {
    const hash = createHash("sha256");
    const names = ["sin", "cos", "tan", "exp", "exp2", "log", "log2", "acos", "asin"];
    for (const name of names) hash.update(addon.exactMath(name, spread(2 ** -20, 1)));
    for (const name of ["pow", "atan2"]) hash.update(addon.exactMath(name, spread(0, 4), spread(-8, 8, 0.3)));
    expect(hash.digest("hex").slice(0, 16)).toBe("6d9df9f81840a518");
  });
});
