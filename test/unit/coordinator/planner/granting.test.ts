// What a computation is granted, and when.
import { describe, expect, it } from "vitest";
import { coarseHoldMsMax, coarseShownMs } from "../../../../coordinator/planner/settings.ts";
import { limits } from "../../../../proto/limits.ts";
import { Script } from "./script.ts";

describe("grants", () => {
  it("a computation joins without credit -> nothing; with credit -> as many units as it has credit for", () => {
    const script = new Script();
    expect(script.say({ t: "joined", computation: "a", threadCount: 4 })).toEqual([]);
    expect(script.say({ t: "credit", computation: "a", units: 1 })).toEqual(["grant a 0:0-1"]);
    expect(script.say({ t: "credit", computation: "a", units: 1 })).toEqual(["grant a 1:0-1"]);
    expect(script.planner.isTimeAwaited).toBe(false);
  });

  it("coarse units are wanted -> all of them, and nothing else until they are there, and seen", () => {
    const script = new Script({ coarse: true, budgetSpp: 8 });
    script.join("a", 64);
    script.join("b", 64);
    expect([script.holds("a"), script.holds("b")]).toEqual([["0:c", "1:c"], []]);
    script.done("a", 0, 0.001);
    expect([script.holds("a"), script.holds("b")]).toEqual([["1:c"], []]);
    script.done("a", 0, 0.001);
    script.nowMs += coarseShownMs - 1;
    expect([script.say({ t: "tick" }), script.planner.isTimeAwaited]).toEqual([[], true]);
    script.nowMs += 1;
    script.say({ t: "tick" });
    expect([...script.holds("b"), ...script.holds("a")].slice(0, 2)).toEqual(["0:0-1", "1:0-1"]);
  });

  it("nothing is measured -> one sample of every tile, then doubling ranges", () => {
    const script = new Script({ budgetSpp: 8 });
    script.join("a", 64);
    const levels = ["0-1", "1-2", "2-4", "4-8"];
    expect(script.holds("a")).toEqual(levels.flatMap((range) => [`0:${range}`, `1:${range}`]));
  });

  it("one of the coarse units is long in coming -> samples after a while", () => {
    const script = new Script({ coarse: true });
    script.join("a", 1, 2);
    script.join("b");
    script.nowMs = coarseHoldMsMax - 1;
    expect(script.say({ t: "tick" })).toEqual([]);
    script.nowMs = coarseHoldMsMax;
    expect(script.say({ t: "tick" })).not.toEqual([]);
    expect(script.holds("b")).toContain("0:0-1");
  });

  it("a frame that another planner began, with many samples -> few samples at a time until a cost is measured", () => {
    const script = new Script({ budgetSpp: 4096 });
    const ranges = [{ begin: 0, end: 1000 }];
    script.say({ t: "ledger", tiles: [0, 1].map((tileIndex) => ({ tileIndex, ranges })) });
    script.join("a", 1, 2);
    expect(script.holds("a")).toEqual(["0:1000-1004", "1:1000-1004"]);
    script.done("a", 0, 40);
    expect(script.holds("a")).toEqual(["1:1000-1004", "0:1004-1024"]);
  });

  it("costs are measured -> units as long as wanted, and shorter towards the end", () => {
    const script = new Script({ budgetSpp: 1024 });
    script.join("a");
    const lengths: number[] = [];
    while (script.planner.outcome === "running") {
      const unit = script.unit("a");
      const sampleCount = unit.sampleEnd - unit.sampleBegin;
      lengths.push(sampleCount);
      script.start("a");
      script.done("a", 0, sampleCount * 2);
      script.merged(unit);
    }
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(400);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(520);
    expect(lengths.at(-1)).toBeLessThanOrEqual(4);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(2048);
  });

  it("a level takes a tile too little time -> it is left out once that was measured", () => {
    const script = new Script({ budgetSpp: 16 });
    script.join("a", 1, 2);
    script.done("a", 0, 10);
    script.done("a", 0, 10);
    expect(script.holds("a")).toEqual(["0:1-8", "1:1-8"]);
  });

  it("units are rendered and on their way to a slow merger -> others follow, so that no thread idles", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 320, y1: 16 }, budgetSpp: 1 });
    script.join("a", 1, 2);
    script.done("a", 0, 400);
    script.done("a", 0, 400);
    script.say({ t: "credit", computation: "a", units: 64 });
    expect(script.holds("a").length).toBe(2);
    expect(script.start("a", 0)).toEqual([]);
    for (const at of [1, 2, 3]) {
      const effects = script.start("a", at);
      expect(effects).toEqual([`grant a ${script.holds("a")[at + 1]}`]);
    }
    // Its sums were there: a unit more is not short of anything.
    expect(script.done("a", 0, 400)).toEqual([]);
  });

  it("a thread waited for the merger -> longer units, which leave out levels", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 160, y1: 16 }, budgetSpp: 8192 });
    script.join("a", 1, 1);
    const lengths: number[] = [];
    for (let at = 0; at < 100; at++) {
      const unit = script.unit("a");
      const sampleCount = unit.sampleEnd - unit.sampleBegin;
      lengths.push(sampleCount);
      script.start("a");
      script.held.get("a")?.shift();
      const renderMs = 10 * sampleCount;
      script.say({ t: "done", computation: "a", unit, renderMs, waitedMs: Math.max(0, 2000 - renderMs) });
      script.merged(unit);
      script.say({ t: "credit", computation: "a", units: 1 });
    }
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(180);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(260);
  });

  it("all is merged -> complete, once; what comes later changes nothing", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 4);
    const [first, second] = [script.unit("a", 0), script.unit("a", 1)];
    script.start("a");
    script.done("a");
    expect(script.merged(first)).toEqual([]);
    script.done("a");
    expect(script.merged(second)).toEqual(["complete finished"]);
    expect(script.merged(second)).toEqual([]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.say({ t: "done", computation: "a", unit: first, renderMs: 1 })).toEqual([]);
    expect(script.planner.outcome).toBe("finished");
  });

  it("an acknowledgement alone -> completes nothing, and after 5 s the ledger is asked for", () => {
    const script = new Script({ budgetSpp: 1, cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 } });
    script.join("a");
    script.start("a");
    script.done("a");
    script.nowMs = 4_999;
    expect(script.say({ t: "tick" })).toEqual([]);
    script.nowMs = 5_000;
    expect(script.say({ t: "tick" })).toEqual(["reconcile"]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.say({ t: "ledger", tiles: [] })).toEqual(["grant a 0:0-1"]);
  });

  it("a merged report before the acknowledgement -> complete, and nothing is granted twice", () => {
    const script = new Script({ budgetSpp: 1, cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 } });
    script.join("a");
    const unit = script.unit("a");
    expect(script.merged(unit)).toEqual(["unheard 0:0-1", "cancel a 0:0-1", "complete finished"]);
  });

  it("a computation of 256 threads -> a unit for every thread, in grants of at most grantUnitsMax", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 1024, y1: 512 }, budgetSpp: 64 });
    const grants = script.join("a", 256, limits.leasedUnitsMax).map((grant) => grant.split(" ").length - 2);
    expect(script.holds("a").length).toBeGreaterThanOrEqual(256);
    expect(Math.max(...grants)).toBe(limits.grantUnitsMax);
  });

  it("a computation of more threads and credit than may be leased -> holds leasedUnitsMax", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 1024, y1: 1024 }, budgetSpp: 64 });
    script.join("a", 5000, 5000);
    expect(script.holds("a")).toHaveLength(limits.leasedUnitsMax);
  });
});
