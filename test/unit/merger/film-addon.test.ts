// What the addon refuses; what it adds, merge-planes.test.ts compares with arithmetic, and what checkpoints get of it and
// give it, checkpoint/tile-plane.test.ts.
import { describe, expect, it } from "vitest";
import { deflateRunsSpareSizeBytes, filmAddon } from "../../../merger/film-addon.ts";

const {
  addInt32,
  addCount,
  means,
  meansAsHalves,
  splitHalves,
  deflateRuns,
  extent,
  isConstant,
  packPlane,
  unpackPlane,
  withoutMinusZero,
  leastMostAndSum,
} = filmAddon();
/** Four rows of five pixels. */
const film = () => new Float64Array(20);
const counts = () => new Uint32Array(20);

/** offset, stridePx, widthPx, heightPx. */
const outside: readonly (readonly [string, readonly [number, number, number, number]])[] = [
  ["a pixel too wide", [16, 5, 5, 1]],
  ["a row too many", [5, 5, 5, 4]],
  ["a last row that ends one pixel beyond", [1, 5, 5, 4]],
  ["no width", [0, 5, 0, 4]],
  ["no height", [0, 5, 5, 0]],
  ["rows far apart", [0, 2 ** 32 - 1, 1, 2]],
];

describe("film addon", () => {
  it.each(outside)("%s → RangeError, and nothing is added", (_name, [offset, stridePx, widthPx, heightPx]) => {
    const [sums, samples] = [film(), counts()];
    const values = new Uint8Array(4 * widthPx * heightPx).fill(1);
    expect(() => addInt32(sums, offset, stridePx, widthPx, heightPx, values)).toThrow(RangeError);
    expect(() => addCount(samples, offset, stridePx, widthPx, heightPx, 1)).toThrow(RangeError);
    const resolved = new Float32Array(widthPx * heightPx);
    expect(() => means(sums, offset, stridePx, widthPx, heightPx, samples, 1, resolved)).toThrow(RangeError);
    const halves = new Uint8Array(2 * widthPx * heightPx);
    expect(() => meansAsHalves(sums, offset, stridePx, widthPx, heightPx, samples, 1, halves, 0)).toThrow(RangeError);
    expect(() => extent(sums, offset, stridePx, widthPx, heightPx, new Float64Array(2))).toThrow(RangeError);
    expect(() => isConstant(new Float32Array(20), offset, stridePx, widthPx, heightPx)).toThrow(RangeError);
    expect(() => packPlane(sums, offset, stridePx, widthPx, heightPx, 4, values)).toThrow(RangeError);
    expect(() => unpackPlane(sums, offset, stridePx, widthPx, heightPx, 4, values, -1, 1)).toThrow(RangeError);
    expect(sums).toEqual(film());
    expect(samples).toEqual(counts());
  });

  it.each([79, 81])("%i bytes for 20 pixels → RangeError, and nothing is added", (sizeBytes) => {
    const sums = film();
    expect(() => addInt32(sums, 0, 5, 5, 4, new Uint8Array(sizeBytes).fill(1))).toThrow(RangeError);
    expect(sums).toEqual(film());
  });

  it.each([
    ["too few counts", 19, 20],
    ["too many values", 20, 21],
  ])("means with %s → RangeError", (_name, countCount, valueCount) => {
    const values = new Float32Array(valueCount);
    expect(() => means(film(), 0, 5, 5, 4, new Uint32Array(countCount), 1, values)).toThrow(RangeError);
  });

  it.each([
    ["too few counts", 19, 40, 0],
    ["too few bytes", 20, 39, 0],
    ["bytes that end before the last", 20, 40, 1],
  ])("means as halves with %s → RangeError, and nothing is written", (_name, countCount, sizeBytes, at) => {
    const [counted, bytes] = [new Uint32Array(countCount).fill(1), new Uint8Array(sizeBytes)];
    expect(() => meansAsHalves(film().fill(1), 0, 5, 5, 4, counted, 1, bytes, at)).toThrow(RangeError);
    expect(bytes).toEqual(new Uint8Array(sizeBytes));
  });

  it("means of a rectangle in between, some without samples → as halves what they are as numbers", () => {
    const sums = Float64Array.from({ length: 20 }, (_, at) => (at - 7) * 1e3 + at / 3);
    const counted = Uint32Array.from({ length: 20 }, (_, at) => at % 4);
    const numbers = new Float32Array(6);
    means(sums, 6, 5, 3, 2, counted, 2 ** -4, numbers);
    expect([...numbers]).toEqual(
      [6, 7, 8, 11, 12, 13].map((at) => ((counted[at] ?? 0) > 0 ? Math.fround((sums[at] ?? 0) / 16 / (at % 4)) : 0)),
    );
    const [bytes, expected] = [new Uint8Array(20), new Uint8Array(20)];
    meansAsHalves(sums, 6, 5, 3, 2, counted, 2 ** -4, bytes, 2);
    splitHalves(numbers, expected, 2);
    expect(bytes).toEqual(expected);
  });

  it("no bytes to deflate, or no room → 0, and nothing is written", () => {
    const deflated = new Uint8Array(200);
    expect(deflateRuns(new Uint8Array(0), deflated, 0)).toBe(0);
    const end = deflateRuns(Uint8Array.of(1, 2, 3), new Uint8Array(200), 0);
    expect(deflateRuns(Uint8Array.of(1, 2, 3), deflated, 200 - end - deflateRunsSpareSizeBytes + 1)).toBe(0);
    expect(deflated).toEqual(new Uint8Array(200));
    expect(deflateRuns(Uint8Array.of(1, 2, 3), deflated, 200 - end - deflateRunsSpareSizeBytes)).toBe(192);
  });

  it("more halves than the bytes have room for → RangeError, and nothing is written", () => {
    const bytes = new Uint8Array(8);
    expect(() => splitHalves(Float32Array.of(1, 1, 1), bytes, 2)).toThrow(RangeError);
    expect(() => splitHalves(Float32Array.of(1), bytes, 4)).toThrow(RangeError);
    expect(bytes).toEqual(new Uint8Array(8));
  });

  it("the whole film, to its last pixel → added", () => {
    const sums = film();
    addInt32(sums, 0, 5, 5, 4, new Uint8Array(Int32Array.from({ length: 20 }, (_, at) => at - 10).buffer));
    expect([...sums]).toEqual(Array.from({ length: 20 }, (_, at) => at - 10));
  });

  it.each([
    ["too few bytes", film(), 4, 79],
    ["too many bytes", film(), 5, 101],
    ["seven bytes a sum", film(), 7, 140],
    ["eight bytes a depth", new Float32Array(20), 8, 160],
    ["no bytes at all", film(), 0, 0],
  ])("%s for 20 pixels of a checkpoint → RangeError", (_name, plane, bytesPerPixel, sizeBytes) => {
    const bytes = new Uint8Array(sizeBytes);
    expect(() => packPlane(plane, 0, 5, 5, 4, bytesPerPixel, bytes)).toThrow(RangeError);
    expect(() => unpackPlane(plane, 0, 5, 5, 4, bytesPerPixel, bytes, -1, 1)).toThrow(RangeError);
  });

  it.each([
    ["the bounds themselves", [-1, 1], true],
    ["one beyond", [0, 1.5], false],
    ["one below", [-2, 0], false],
    ["no number", [0, Number.NaN], false],
  ])("%s among a checkpoint's values from −1 to 1 → told", (_name, values, isWithin) => {
    for (const Plane of [Float64Array, Float32Array]) {
      const bytes = new Uint8Array(Plane.from(Array.from({ length: 10 }, () => values).flat()).buffer);
      expect(unpackPlane(new Plane(20), 0, 5, 5, 4, Plane.BYTES_PER_ELEMENT, bytes, -1, 1)).toBe(isWithin);
      const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      expect(unpackPlane(new Plane(20), 0, 5, 5, 4, Plane.BYTES_PER_ELEMENT, bytes, least, most)).toBe(true);
    }
  });

  it("a part that a plane does not have, or of another type → RangeError, and nothing is copied", () => {
    const values = new Float64Array(5).fill(7);
    for (const begin of [-1, 16, Number.NaN]) {
      expect(() => withoutMinusZero(film(), begin, values)).toThrow(RangeError);
    }
    const other = new Float32Array(5).fill(7);
    expect(() => withoutMinusZero(film(), 0, other)).toThrow(RangeError);
    expect([...values, ...other]).toEqual(new Array(10).fill(7));
  });

  it("the least, the most and the sum of no counts, or not into three numbers → RangeError", () => {
    expect(() => leastMostAndSum(new Uint32Array(0), new Float64Array(3))).toThrow(RangeError);
    expect(() => leastMostAndSum(counts(), new Float64Array(2))).toThrow(RangeError);
  });
});
