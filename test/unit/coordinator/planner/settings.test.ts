// plannerSettings: defaults, and what is refused.
import { describe, expect, it } from "vitest";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";

const least = { cropWindow: { x0: 0, y0: 0, x1: 8, y1: 8 }, tileSizePx: 8, budgetSpp: 1 };

describe("plannerSettings", () => {
  it("only what is required -> epoch 1, coarse units, nothing adaptive", () => {
    expect(plannerSettings(least)).toEqual({ ...least, verify: null, epoch: 1, coarse: true, adaptive: null });
  });

  it("a target error -> adaptive from 16 samples on, or from the power of two after what is said", () => {
    expect(plannerSettings({ ...least, targetError: 0.01 }).adaptive).toEqual({ targetError: 0.01, minSpp: 16 });
    expect(plannerSettings({ ...least, targetError: 0, minSpp: 5 }).adaptive).toEqual({ targetError: 0, minSpp: 8 });
  });

  it.each([
    { budgetSpp: 0 },
    { budgetSpp: 1e9 },
    { minSpp: 0 },
    { minSpp: 2.5 },
    { targetError: -1 },
    { targetError: Number.NaN },
  ])("%o -> refused", (wrong) => {
    expect(() => plannerSettings({ ...least, ...wrong })).toThrow(RangeError);
  });
});
