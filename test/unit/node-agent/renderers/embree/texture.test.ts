import { describe, expect, it } from "vitest";
import type { Texture } from "../../../../../node-agent/scene/description.ts";
import { loadEmbreeTestAddon } from "./embree-test-addon.ts";

const addon = loadEmbreeTestAddon();

type Picture = Omit<Texture, "name">;

/** Grey texels 0, 64, 128, 192 in a row of four; alpha 255, 0, 255, 0. */
const ROW: Picture = {
  widthPx: 4,
  heightPx: 1,
  pixels: Uint8Array.of(0, 0, 0, 255, 64, 64, 64, 0, 128, 128, 128, 255, 192, 192, 192, 0),
  colorSpace: "linear",
  wrapU: "repeat",
  wrapV: "repeat",
  filter: "linear",
};
/** Red, green above blue, white. */
const SQUARE: Picture = {
  ...ROW,
  widthPx: 2,
  heightPx: 2,
  pixels: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255),
};

/** The red channel times 255. */
function grey(texture: Picture, u: number, v = 0.5): number {
  return addon.sampleTexture(texture, Float32Array.of(u, v))[0] * 255;
}
function rgba(texture: Picture, u: number, v: number): number[] {
  return Array.from(addon.sampleTexture(texture, Float32Array.of(u, v)).subarray(0, 4));
}

describe("interpolation", () => {
  it("texel centres lie half a texel from the edge and give their own value exactly", () => {
    [0, 64, 128, 192].forEach((value, i) => {
      expect(grey(ROW, (i + 0.5) / 4)).toBeCloseTo(value, 4);
    });
  });

  it("a quarter of the way between two centres mixes three to one", () => {
    expect(grey(ROW, 0.75 / 4)).toBeCloseTo(16, 4);
    expect(rgba(SQUARE, 0.5, 0.5)).toEqual([0.5, 0.5, 0.5, 1]);
    expect(rgba(SQUARE, 0.375, 0.25)).toEqual([0.75, 0.25, 0, 1]);
  });

  it("v grows downwards from the picture's top", () => {
    expect(rgba(SQUARE, 0.25, 0.25)).toEqual([1, 0, 0, 1]);
    expect(rgba(SQUARE, 0.75, 0.25)).toEqual([0, 1, 0, 1]);
    expect(rgba(SQUARE, 0.25, 0.75)).toEqual([0, 0, 1, 1]);
  });

  it("the nearest texel is taken where asked, from edge to edge", () => {
    const nearest: Picture = { ...ROW, filter: "nearest" };
    expect([0, 0.24, 0.26, 0.74, 0.76, 0.9999].map((u) => Math.round(grey(nearest, u)))).toEqual([
      0, 0, 64, 128, 192, 192,
    ]);
    expect(Math.round(grey(nearest, 1))).toBe(0);
    expect(Math.round(grey({ ...nearest, wrapU: "clamp" }, 1))).toBe(192);
  });

  it("the alpha of the opacity test is the alpha of the colour", () => {
    for (const filter of ["linear", "nearest"] as const) {
      for (let u = -2; u < 2; u += 0.0371) {
        const texel = addon.sampleTexture({ ...ROW, filter }, Float32Array.of(u, 0.3));
        expect(texel[4]).toBe(texel[3]);
      }
    }
  });
});

describe("sRGB", () => {
  function decoded(code: number): number {
    const x = code / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  }

  it("all 256 codes decode as IEC 61966-2-1 says, alpha stays linear", () => {
    const pixels = Uint8Array.from({ length: 1024 }, (_, i) => i >> 2);
    const ramp: Picture = { ...ROW, widthPx: 256, pixels, colorSpace: "srgb", filter: "nearest" };
    for (let code = 0; code < 256; code++) {
      const [r, , , a] = rgba(ramp, (code + 0.5) / 256, 0.5);
      expect(r).toBe(Math.fround(decoded(code)));
      expect(a).toBe(Math.fround(code / 255));
    }
  });

  it("is decoded before interpolation: between black and white lies half the light", () => {
    const pixels = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255);
    expect(rgba({ ...ROW, widthPx: 2, pixels, colorSpace: "srgb" }, 0.5, 0.5)).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

describe("wrapping", () => {
  it("repeat mixes the last texel with the first across the edge", () => {
    expect(grey(ROW, 0)).toBeCloseTo(96, 4);
    expect(grey(ROW, 1)).toBeCloseTo(96, 4);
    expect(grey(ROW, -0.125)).toBeCloseTo(192, 4);
    expect(grey(ROW, 7.375)).toBeCloseTo(64, 4);
  });

  it("mirror turns back at every edge", () => {
    const mirror: Picture = { ...ROW, wrapU: "mirror" };
    expect(grey(mirror, 0)).toBeCloseTo(0, 4);
    expect(grey(mirror, 1)).toBeCloseTo(192, 4);
    expect(grey(mirror, -0.375)).toBeCloseTo(64, 4);
    expect(grey(mirror, 1.375)).toBeCloseTo(128, 4);
    expect(grey(mirror, 2.375)).toBeCloseTo(64, 4);
  });

  it("clamp goes on with the edge texel", () => {
    const clamp: Picture = { ...ROW, wrapU: "clamp" };
    for (const u of [-1e9, -0.5, 0, 0.1]) expect(grey(clamp, u)).toBeCloseTo(0, 4);
    for (const u of [0.9, 1, 3, 1e9]) expect(grey(clamp, u)).toBeCloseTo(192, 4);
  });

  it("any uv gives some texel: huge, negative, infinite, not a number, at odd sizes", () => {
    const odd: Picture = { ...ROW, widthPx: 3, pixels: new Uint8Array(12).fill(255) };
    const numbers = [0, -0, 1e-30, -1e-30, 1 - 2 ** -24, 1, 2 ** 24, -(2 ** 31), 1e20, -3e38, Infinity, -Infinity, NaN];
    for (const wrapU of ["repeat", "mirror", "clamp"] as const) {
      for (const filter of ["linear", "nearest"] as const) {
        for (const u of numbers) {
          for (const v of numbers) expect(rgba({ ...odd, wrapU, wrapV: wrapU, filter }, u, v)).toEqual([1, 1, 1, 1]);
        }
      }
    }
    expect(grey({ ...ROW, pixels: ROW.pixels }, NaN)).toBe(0);
    expect(grey(ROW, Infinity)).toBe(0);
  });
});
