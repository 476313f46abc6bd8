// Progress: what people see, from reports alone.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

describe("progress", () => {
  it("nothing yet -> zeros, and no guess of what is not known", () => {
    const script = new Script();
    expect(script.planner.progress()).toEqual({
      budgetSpp: 4,
      sppMean: 0,
      sppMin: 0,
      fraction: 0,
      pixelSamples: 0,
      errorRms: null,
      errorMax: null,
      restMs: null,
      coarseTileCount: 2,
      openTileCount: 2,
      tileCount: 2,
      computationCount: 0,
      grantedCount: 0,
      hedgedCount: 0,
      bisectedCount: 0,
      verifiedCount: 0,
      uncheckedCount: 0,
    });
  });

  it("one of two tiles has half of its budget -> a quarter; acknowledged is not yet merged", () => {
    const script = new Script();
    script.join("a", 1, 3);
    const [first, , third] = [0, 1, 2].map((at) => script.unit("a", at));
    script.done("a", 0, 10);
    expect(script.planner.progress().pixelSamples).toBe(0);
    script.merged(first, 0.3);
    script.merged(third, 0.1);
    const progress = script.planner.progress();
    expect(progress.fraction).toBe(0.25);
    expect(progress.sppMean).toBe(1);
    expect(progress.sppMin).toBe(0);
    expect(progress.errorMax).toBeNull();
    // 256 pixels took 10 ms for a sample; six such are left on one thread.
    expect(progress.restMs).toBeGreaterThan(30);
    expect(progress.restMs).toBeLessThan(120);
  });

  it("errors of all tiles are known -> their root mean square and the largest; a stale report changes nothing", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a");
    const [first, second] = [0, 1].map((at) => script.unit("a", at));
    script.merged(first, 0.3);
    script.merged(second, 0.4);
    const before = script.planner.progress();
    expect(before.errorRms).toBeCloseTo(Math.sqrt((0.09 + 0.16) / 2), 12);
    expect(before.errorMax).toBe(0.4);
    expect(before.fraction).toBe(1);
    script.say({ t: "merged", tiles: [{ tileIndex: 0, ranges: [] }] });
    expect(script.planner.progress()).toEqual(before);
  });

  it("a frame with a hole -> its fraction ends at one", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1 });
    script.join("a");
    script.say({ t: "failed", computation: "a", unit: script.unit("a"), retry: "never", reason: "x" });
    expect(script.planner.outcome).toBe("holes");
    expect(script.planner.progress().fraction).toBe(1);
    expect(script.planner.progress().sppMin).toBe(0);
  });

  it("the first picture is there -> once every tile's coarse unit is done, or its samples are merged", () => {
    const script = new Script({ coarse: true });
    script.join("a", 1);
    expect(script.planner.hasFirstPicture).toBe(false);
    script.start("a");
    script.done("a");
    expect(script.planner.hasFirstPicture).toBe(false);
    expect(script.planner.progress().coarseTileCount).toBe(1);
    script.start("a");
    script.done("a");
    expect(script.planner.hasFirstPicture).toBe(true);
    script.say({ t: "edited", epoch: 2 });
    expect(script.planner.hasFirstPicture).toBe(false);
  });
});
