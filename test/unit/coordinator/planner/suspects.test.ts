// bisection: range first, then area, then a hole.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bisection } from "../../../../coordinator/planner/suspects.ts";
import { areaPx } from "../../../../proto/rect.ts";
import type { Unit } from "../../../../proto/unit.ts";

function unit(sidePx: number, sampleBegin: number, sampleEnd: number): Unit {
  const rect = { x0: 64, y0: 0, x1: 64 + sidePx, y1: sidePx };
  return { epoch: 1, tileIndex: 1, rect, sampleBegin, sampleEnd, stridePx: 1 };
}

describe("bisection", () => {
  it.each([
    [64, 0, 8, "ranges", ["0-4", "4-8"]],
    [64, 4, 7, "ranges", ["4-6", "6-7"]],
    [8, 2, 4, "ranges", ["2-3", "3-4"]],
    [64, 3, 4, "areas", ["3-4", "3-4", "3-4", "3-4"]],
    [8, 3, 4, "hole", []],
    [1, 0, 1, "hole", []],
  ])("%d px, samples %d-%d -> %s", (sidePx, begin, end, kind, ranges) => {
    const cut = bisection(unit(sidePx, begin, end), 8);
    expect(cut.t).toBe(kind);
    if (cut.t !== "hole") expect(cut.parts.map((part) => `${part.sampleBegin}-${part.sampleEnd}`)).toEqual(ranges);
  });

  it("any unit, narrowed to the end -> its parts cover each pixel and sample exactly once", () => {
    const widths = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(widths, widths, fc.integer({ min: 1, max: 9 }), (width, height, count) => {
        const whole: Unit = { ...unit(1, 5, 5 + count), rect: { x0: 3, y0: 7, x1: 3 + width, y1: 7 + height } };
        let pixelSamples = 0;
        const narrow = (part: Unit): void => {
          const cut = bisection(part, 8);
          if (cut.t === "hole") pixelSamples += areaPx(part.rect) * (part.sampleEnd - part.sampleBegin);
          else for (const next of cut.parts) narrow(next);
        };
        narrow(whole);
        expect(pixelSamples).toBe(width * height * count);
      }),
    );
  });
});
