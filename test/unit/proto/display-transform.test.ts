import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DisplayOptions, displayRgb, displayRgba, encodeSrgb, tones } from "../../../proto/display-transform.ts";

function shown(color: readonly number[], options: Partial<DisplayOptions> = {}): number[] {
  const [r, g, b] = color.map((value) => Float32Array.of(value));
  return [...displayRgb({ r, g, b }, { exposureStops: 0, tone: "srgb", ...options })];
}

function grey(value: number, options: Partial<DisplayOptions> = {}): number {
  const [r, g, b] = shown([value, value, value], options);
  expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThanOrEqual(1);
  return g;
}

/** IEC 61966-2-1, directly. */
function srgb(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

describe("display transform", () => {
  it.each([
    [0, 0],
    [0.18, 118],
    [0.2158605, 128],
    [0.5, 188],
    [1, 255],
    [-3, 0],
    [17, 255],
    [1e30, 255],
    [Number.POSITIVE_INFINITY, 255],
    [Number.NaN, 0],
  ])("srgb: %f → %i", (linear, code) => {
    expect(grey(linear)).toBe(code);
  });

  it.each([
    [0, 0],
    [0.18, 118],
    [-3, 0],
    [1e30, 255],
    [Number.POSITIVE_INFINITY, 255],
    [Number.NaN, 0],
  ])("filmic: %f → %i", (linear, code) => {
    expect(grey(linear, { tone: "filmic" })).toBe(code);
  });

  it("filmic: 1 keeps a distance from white, 4 and 8 still differ, a bright colour loses saturation", () => {
    const codes = [1, 4, 8].map((value) => grey(value, { tone: "filmic" }));
    expect(codes[0]).toBeGreaterThan(190);
    expect(codes[0]).toBeLessThan(235);
    expect(codes[2]).toBeGreaterThan(codes[1]);
    const [r, , b] = shown([20, 2, 1], { tone: "filmic" });
    expect(b / r).toBeGreaterThan(0.3);
  });

  it("exposure: a stop is a factor of two", () => {
    for (const tone of tones) {
      expect(grey(0.09, { tone, exposureStops: 1 })).toBe(grey(0.18, { tone }));
      expect(grey(0.72, { tone, exposureStops: -2 })).toBe(grey(0.18, { tone }));
    }
  });

  it("brighter greys never become darker, nor do brighter exposures of a colour", () => {
    const value = fc.double({ min: 0, max: 100, noNaN: true });
    const property = fc.property(fc.constantFrom(...tones), value, value, (tone, a, b) => {
      expect(grey(Math.max(a, b), { tone })).toBeGreaterThanOrEqual(grey(Math.min(a, b), { tone }));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("encodeSrgb is the nearest code of the exact curve for every value", () => {
    const property = fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (linear) => {
      const exact = srgb(linear) * 255;
      // The standard's two segments meet with a gap of 1e-8, hence not exactly 0.5.
      expect(Math.abs(encodeSrgb(linear) - exact)).toBeLessThanOrEqual(0.5 + 1e-4);
    });
    fc.assert(property, { numRuns: 5000 });
    for (let i = 0; i <= 65536; i++) {
      expect(Math.abs(encodeSrgb(i / 65536) - srgb(i / 65536) * 255)).toBeLessThanOrEqual(0.5 + 1e-4);
    }
  });

  it("with alpha: colour is divided by it first, and stays where alpha is 0", () => {
    const planes = {
      r: Float32Array.of(0.25, 0.18, 0.5),
      g: Float32Array.of(0.25, 0.18, 0.5),
      b: Float32Array.of(0.25, 0.18, 0.5),
      a: Float32Array.of(0.5, 0, 2),
    };
    const bytes = [...displayRgba(planes, { exposureStops: 0, tone: "srgb" })];
    expect(bytes).toEqual([188, 188, 188, 128, 118, 118, 118, 0, 137, 137, 137, 255]);
    const { a: _, ...opaque } = planes;
    expect(displayRgba(opaque, { exposureStops: 0, tone: "srgb" })[3]).toBe(255);
  });
});
