// What clients ask of the planner, and adaptive tiles from its outside.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

describe("adaptive tiles", () => {
  const options = { cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 10, targetError: 0.1, minSpp: 2 };

  it("before the error at the due count is known -> nothing beyond it", () => {
    const script = new Script(options);
    script.join("a", 8);
    expect(script.holds("a")).toEqual(["0:0-1", "0:1-2"]);
    const [first, second] = [script.unit("a", 0), script.unit("a", 1)];
    script.done("a", 0, 0.5);
    script.done("a", 0, 0.5);
    expect(script.merged(first, 0.01)).toEqual([]);
    expect(script.merged(second)).toEqual([]);
    expect(script.merged(second, 0.2)).toEqual(["grant a 0:2-4"]);
    const third = script.unit("a");
    script.done("a");
    expect(script.merged(third, 0.1)).toEqual(["complete finished"]);
    expect(script.planner.progress().sppMean).toBe(4);
  });

  it("the error never falls -> the whole budget, also where it is no decision count", () => {
    const script = new Script(options);
    script.join("a", 8);
    while (script.planner.outcome === "running") {
      const unit = script.unit("a");
      script.done("a");
      script.merged(unit, 1);
    }
    expect(script.planner.progress().sppMin).toBe(10);
  });

  it("the budget is raised -> converged tiles stay, the others go on", () => {
    const script = new Script({ ...options, budgetSpp: 2, cropWindow: { x0: 0, y0: 0, x1: 32, y1: 16 } });
    script.join("a", 8);
    const units = [0, 1, 2, 3].map((at) => script.unit("a", at));
    for (const _ of units) script.done("a", 0, 0.5);
    for (const unit of units) script.merged(unit, unit.tileIndex === 0 ? 0.05 : 0.5);
    expect(script.planner.outcome).toBe("finished");
    expect(script.say({ t: "budget", spp: 4 })).toEqual(["grant a 1:2-4"]);
    expect(() => script.say({ t: "budget", spp: 3 })).toThrow(RangeError);
  });
});

describe("what clients ask for", () => {
  it("pause -> no grants; resume -> again; stop -> all is cancelled", () => {
    const script = new Script();
    script.say({ t: "pause" });
    expect(script.join("a", 1, 2)).toEqual([]);
    expect(script.planner.outcome).toBe("paused");
    expect(script.say({ t: "resume" })).toEqual(["grant a 0:0-1 1:0-1"]);
    expect(script.say({ t: "stop" })).toEqual(["cancel a 0:0-1 1:0-1", "complete stopped"]);
    expect(script.join("b")).toEqual([]);
    expect(script.say({ t: "left", computation: "a", cause: "crashed" })).toEqual([]);
  });

  it("a region -> after the first sample of every tile, its tiles come first up to the budget", () => {
    const script = new Script({ budgetSpp: 8 });
    script.say({ t: "region", rect: { x0: 20, y0: 4, x1: 21, y1: 5 } });
    script.join("a", 64);
    expect(script.holds("a").slice(0, 6)).toEqual(["1:0-1", "0:0-1", "1:1-2", "1:2-4", "1:4-8", "0:1-2"]);
  });

  it("an edit -> everything again in the new epoch, the old units are cancelled and their results mean nothing", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a");
    const old = script.unit("a");
    const effects = script.say({ t: "edited", epoch: 2 });
    expect(effects[0]).toBe("cancel a 0:0-1 1:0-1");
    script.say({ t: "credit", computation: "a", units: 2 });
    expect(script.unit("a").epoch).toBe(2);
    expect(script.say({ t: "done", computation: "a", unit: old, renderMs: 5 })).toEqual([]);
    expect(script.say({ t: "edited", epoch: 2 })).toEqual([]);
  });

  it("a raised budget after the end -> the frame goes on and completes again", () => {
    const script = new Script({ budgetSpp: 1, cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 } });
    script.join("a");
    const unit = script.unit("a");
    script.done("a");
    expect(script.merged(unit)).toEqual(["complete finished"]);
    expect(script.say({ t: "budget", spp: 2 })).toEqual(["grant a 0:1-2"]);
    const next = script.unit("a");
    script.done("a");
    expect(script.merged(next)).toEqual(["complete finished"]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 30])("a budget of %d -> refused", (budgetSpp) => {
    expect(() => new Script({ budgetSpp })).toThrow(RangeError);
  });
});
