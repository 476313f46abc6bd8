// Unit keys and sizes.
import { describe, expect, it } from "vitest";
import { isCoarse, pixelSampleCount, sameUnit, type Unit, unitKey } from "../../../../coordinator/planner/unit.ts";

const unit: Unit = {
  epoch: 2,
  tileIndex: 7,
  rect: { x0: 64, y0: 0, x1: 128, y1: 64 },
  sampleBegin: 4,
  sampleEnd: 8,
  stridePx: 1,
};

describe("unit", () => {
  it("every field that differs -> another key and not the same unit", () => {
    const others: Unit[] = [
      { ...unit, epoch: 3 },
      { ...unit, tileIndex: 8 },
      { ...unit, rect: { ...unit.rect, x1: 96 } },
      { ...unit, sampleBegin: 5 },
      { ...unit, sampleEnd: 7 },
      { ...unit, stridePx: 8 },
    ];
    for (const other of others) {
      expect(unitKey(other)).not.toBe(unitKey(unit));
      expect(sameUnit(other, unit)).toBe(false);
    }
    expect(sameUnit({ ...unit, rect: { ...unit.rect } }, unit)).toBe(true);
  });

  it("a unit and a coarse one -> keys that people can read, and their sizes", () => {
    const coarse = { ...unit, sampleBegin: 0, sampleEnd: 1, stridePx: 8 };
    expect(unitKey(unit)).toBe("2/7/64,0,128,64/4-8");
    expect(unitKey(coarse)).toBe("2/7/64,0,128,64/0-1/coarse");
    expect([isCoarse(unit), isCoarse(coarse)]).toEqual([false, true]);
    expect([pixelSampleCount(unit), pixelSampleCount(coarse)]).toEqual([16_384, 64]);
  });
});
