// Half floats: every one of them, and what lies between.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfPlanes } from "../../../../merger/preview/half-float.ts";
import { halfNumber } from "../../../fakes/half-number.ts";

function toHalf(value: number): number {
  const [low = 0, high = 0] = halfPlanes([Float32Array.of(value)]);
  return low | (high << 8);
}

describe("half floats", () => {
  it("half-float bits -> the number they stand for", () => {
    expect([0, 0x3c00, 0xc000, 1, 0x7bff].map(halfNumber)).toEqual([0, 1, -2, 2 ** -24, 65504]);
    expect([halfNumber(0x7c00), halfNumber(0xfc00)]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(halfNumber(0x7e00)).toBeNaN();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bff }), (bits) => {
        expect(halfNumber(bits | 0x8000)).toBe(-halfNumber(bits));
        if (bits > 0) expect(halfNumber(bits)).toBeGreaterThan(halfNumber(bits - 1));
      }),
    );
  });

  it("every finite half -> itself", () => {
    for (let half = 0; half < 0x7c00; half++) {
      expect(toHalf(halfNumber(half))).toBe(half);
      expect(toHalf(-halfNumber(half))).toBe(half | 0x8000);
    }
  });

  it("a number between two halves -> the nearer one, of equally near ones the even one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (half, part) => {
        const [below, above] = [halfNumber(half), halfNumber(half + 1)];
        const value = Math.fround(below + (above - below) * part);
        const [down, up] = [value - below, above - value];
        const expected = down < up ? half : up < down ? half + 1 : half + (half & 1);
        expect(toHalf(value)).toBe(expected);
      }),
    );
  });

  it("too bright -> the brightest half; infinite -> infinite; no number -> none", () => {
    expect(halfNumber(toHalf(1e9))).toBe(65504);
    expect(halfNumber(toHalf(-70000))).toBe(-65504);
    expect(halfNumber(toHalf(Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    expect(halfNumber(toHalf(Number.NaN))).toBeNaN();
  });

  it("planes -> all low bytes, then all high bytes", () => {
    expect([...halfPlanes([Float32Array.of(1, 2 ** -24), Float32Array.of(-2)])]).toEqual([0, 1, 0, 0x3c, 0, 0xc0]);
  });
});
