// Vectors.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  added,
  cross,
  difference,
  dot,
  length,
  normalized,
  plusY,
  rotated,
  scaled,
  type Vector3,
  vectorOf,
  zero,
} from "../../../../viewer/state/vector.ts";

const number = fc.double({ min: -100, max: 100, noNaN: true });
const vector = fc.tuple(number, number, number);

describe("vectors", () => {
  it("sums, differences, products -> as by hand", () => {
    expect(added([1, 2, 3], [1, 1, 1], 2)).toEqual([3, 4, 5]);
    expect(difference([1, 2, 3], [1, 1, 1])).toEqual([0, 1, 2]);
    expect(scaled([1, 2, 3], 2)).toEqual([2, 4, 6]);
    expect(dot([1, 2, 3], [4, 5, 6])).toBe(32);
    expect(cross([1, 0, 0], [0, 1, 0])).toEqual([0, 0, 1]);
    expect(length([3, 4, 0])).toBe(5);
  });

  it("nothing -> has no direction but the one that is given for it", () => {
    expect(normalized(zero, plusY)).toBe(plusY);
    expect(normalized([0, 0, 5], plusY)).toEqual([0, 0, 1]);
  });

  it("a quarter turn about +Y -> −Z goes to −X", () => {
    const [x, y, z] = rotated([0, 0, -1], plusY, Math.PI / 2);
    expect([x, y, z].map((value) => Math.round(1e9 * value) / 1e9 + 0)).toEqual([-1, 0, 0]);
  });

  it("any turn -> keeps lengths, and turning back restores", () => {
    fc.assert(
      fc.property(vector, vector, number, (what, about, angleRad) => {
        const axis = normalized(about, plusY);
        const there = rotated(what, axis, angleRad);
        expect(length(there)).toBeCloseTo(length(what), 6);
        expect(length(difference(rotated(there, axis, -angleRad), what))).toBeLessThan(1e-6);
      }),
    );
  });

  it("numbers of a message -> the first three, or nothing", () => {
    expect(vectorOf([1, 2, 3, 4])).toEqual<Vector3>([1, 2, 3]);
    expect(vectorOf([1, 2])).toBeUndefined();
  });
});
