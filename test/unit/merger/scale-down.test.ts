import { describe, expect, it } from "vitest";
import { scaledDown } from "../../../merger/scale-down.ts";

describe("scale down", () => {
  it("the same size → the same plane", () => {
    const plane = Float32Array.of(1, 2, 3, 4);
    expect(scaledDown(plane, { widthPx: 2, heightPx: 2 }, { widthPx: 2, heightPx: 2 })).toBe(plane);
  });

  it("half the size → means of two by two", () => {
    const plane = Float32Array.of(1, 3, 10, 20, 5, 7, 30, 40);
    const scaled = scaledDown(plane, { widthPx: 4, heightPx: 2 }, { widthPx: 2, heightPx: 1 });
    expect([...scaled]).toEqual([4, 25]);
  });

  it("an uneven ratio → pixels at the edge count in part", () => {
    const scaled = scaledDown(Float32Array.of(0, 3, 6), { widthPx: 3, heightPx: 1 }, { widthPx: 2, heightPx: 1 });
    expect([...scaled]).toEqual([1, 5]);
  });

  it("any size → a constant stays, the mean stays", () => {
    const plane = Float32Array.from({ length: 37 * 23 }, (_, at) => (at * 7919) % 101);
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const [widthPx, heightPx] of [
      [36, 22],
      [10, 7],
      [1, 1],
    ]) {
      // biome-ignore format: sizes in one line
      const scaled = scaledDown(plane, { widthPx: 37, heightPx: 23 }, { widthPx, heightPx });
      expect(mean(scaled)).toBeCloseTo(mean(plane), 3);
      const flat = scaledDown(new Float32Array(37 * 23).fill(2), { widthPx: 37, heightPx: 23 }, { widthPx, heightPx });
      expect(Math.max(...flat.map((value) => Math.abs(value - 2)))).toBeLessThan(1e-6);
    }
  });
});
