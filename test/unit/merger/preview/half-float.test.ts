// Half floats: every one of them, and what lies between.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfPlanes, toHalf } from "../../../../merger/preview/half-float.ts";

/** IEEE 754-2008, binary16. */
function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe("half floats", () => {
  it("every finite half -> itself", () => {
    for (let half = 0; half < 0x7c00; half++) {
      expect(toHalf(numberOf(half))).toBe(half);
      expect(toHalf(-numberOf(half))).toBe(half | 0x8000);
    }
  });

  it("a number between two halves -> the nearer one, of equally near ones the even one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (half, part) => {
        const [below, above] = [numberOf(half), numberOf(half + 1)];
        const value = Math.fround(below + (above - below) * part);
        const [down, up] = [value - below, above - value];
        const expected = down < up ? half : up < down ? half + 1 : half + (half & 1);
        expect(toHalf(value)).toBe(expected);
      }),
    );
  });

  it("too bright -> the brightest half; infinite -> infinite; no number -> none", () => {
    expect(numberOf(toHalf(1e9))).toBe(65504);
    expect(numberOf(toHalf(-70000))).toBe(-65504);
    expect(numberOf(toHalf(Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    expect(numberOf(toHalf(Number.NaN))).toBeNaN();
  });

  it("planes -> all low bytes, then all high bytes", () => {
    expect([...halfPlanes([Float32Array.of(1, 2 ** -24), Float32Array.of(-2)])]).toEqual([0, 1, 0, 0x3c, 0, 0xc0]);
  });
});
