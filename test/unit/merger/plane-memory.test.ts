// A film's planes, side by side: each of its kind and length, zero, and none of another's memory.
import fc from "fast-check";
import { expect, it } from "vitest";
import { type PlaneKind, reservePlanes, zeroPlanes } from "../../../merger/plane-memory.ts";

it("any kinds and lengths -> each plane zero, aligned, and apart from all others", () => {
  const kinds = fc.array(fc.constantFrom<PlaneKind>("float64", "float32", "uint32"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 70 }), (wanted, valueCount) => {
      const planes = zeroPlanes(wanted, valueCount);
      const names = { float64: "Float64Array", float32: "Float32Array", uint32: "Uint32Array" };
      expect(planes.map((plane) => plane.constructor.name)).toEqual(wanted.map((kind) => names[kind]));
      for (const plane of planes) expect([...plane]).toEqual(new Array(valueCount).fill(0));
      for (const [at, plane] of planes.entries()) plane.fill(at + 1);
      for (const [at, plane] of planes.entries()) expect([...plane]).toEqual(new Array(valueCount).fill(at + 1));
    }),
  );
});

it("small planes share a piece of memory", () => {
  const [counts, sums] = zeroPlanes(["uint32", "float64"] as const, 5);
  expect(sums.buffer).toBe(counts.buffer);
});

it("memory is reserved -> the first large planes that fit are in it, and the next have their own", () => {
  reservePlanes();
  const [small] = zeroPlanes(["uint32"], 16);
  const [large] = zeroPlanes(["float64"], 2 ** 26);
  const [first] = zeroPlanes(["float64"], 2 ** 22);
  const [second] = zeroPlanes(["float64"], 2 ** 22);
  expect([small, large, second].map(({ buffer, byteLength }) => buffer.byteLength === byteLength)).toEqual([
    true,
    true,
    true,
  ]);
  expect([first.length, first.buffer.byteLength, first[0]]).toEqual([2 ** 22, 2 ** 28, 0]);
});

it("more than there can be -> RangeError", () => {
  expect(() => zeroPlanes(["float64"], 2 ** 52)).toThrow(RangeError);
});
