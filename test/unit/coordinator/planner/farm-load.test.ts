// How much is left for how much power.
import { describe, expect, it } from "vitest";
import { farmLoad, noteCut } from "../../../../coordinator/planner/farm-load.ts";
import { newComputation } from "../../../../coordinator/planner/lease.ts";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";
import { newPlannerState, type PlannerState } from "../../../../coordinator/planner/state.ts";

function state(): PlannerState {
  const cropWindow = { x0: 0, y0: 0, x1: 100, y1: 100 };
  const made = newPlannerState(plannerSettings({ cropWindow, tileSizePx: 100, budgetSpp: 10 }));
  const computation = newComputation("a", 4);
  computation.speed.speed = 2;
  made.crew.set("a", computation);
  made.cost.measure(0, 10_000, 80, { speed: 1, variance: 0 });
  return made;
}

describe("farm load", () => {
  it("ten samples of 80 ms, 4 threads of speed 2 -> 100 ms", () => {
    expect(farmLoad(state()).restMs).toBeCloseTo(100, 0);
    expect(farmLoad(state()).firstPictureMissing).toBe(true);
  });

  it("a unit is cut -> its time is off at once; never below zero", () => {
    const made = state();
    const [computation] = made.crew.values();
    const before = farmLoad(made).restMs;
    noteCut(made, 40, computation);
    expect(made.load.restMs).toBeCloseTo(before - 10, 6);
    noteCut(made, 1e9, computation);
    expect(made.load.restMs).toBe(0);
  });

  it("nobody there -> the work as for one thread", () => {
    const made = state();
    made.crew.clear();
    expect(farmLoad(made).restMs).toBeCloseTo(800, -1);
  });
});
