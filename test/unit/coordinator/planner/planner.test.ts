// The planner's rules, one scenario each.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

describe("grants", () => {
  it("a computation joins without credit -> nothing; with credit -> as many units as it has credit for", () => {
    const script = new Script();
    expect(script.say({ t: "joined", computation: "a", threadCount: 4 })).toEqual([]);
    expect(script.say({ t: "credit", computation: "a", units: 1 })).toEqual(["grant a 0:0-1"]);
    expect(script.say({ t: "credit", computation: "a", units: 1 })).toEqual(["grant a 1:0-1"]);
  });

  it("coarse units are wanted -> all of them, then one sample of every tile, then doubling ranges", () => {
    const script = new Script({ coarse: true, budgetSpp: 8 });
    script.join("a", 64);
    expect(script.holds("a")).toEqual([
      "0:c",
      "1:c",
      "0:0-1",
      "1:0-1",
      "0:1-2",
      "1:1-2",
      "0:2-4",
      "1:2-4",
      "0:4-8",
      "1:4-8",
    ]);
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
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(64);
    expect(lengths.at(-1)).toBeLessThanOrEqual(4);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(2048);
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
    expect(script.merged(unit)).toEqual(["cancel a 0:0-1", "complete finished"]);
  });
});

describe("computations that end", () => {
  it("it closes -> its units go first to the next, in their old cut", () => {
    const script = new Script({ budgetSpp: 16 });
    script.join("a", 8);
    script.start("a", 0);
    const held = script.holds("a");
    script.say({ t: "left", computation: "a", cause: "closed" });
    script.join("b", 64);
    expect(script.holds("b").slice(0, held.length).sort()).toEqual(held.sort());
  });

  it("it crashes -> what it had started runs alone elsewhere, what was queued does not", () => {
    const script = new Script({ budgetSpp: 2 });
    script.join("a", 1, 2);
    expect(script.holds("a")).toEqual(["0:0-1", "1:0-1"]);
    script.start("a", 0);
    script.say({ t: "left", computation: "a", cause: "crashed" });
    script.join("b", 8);
    // The suspect's tile waits; the other one is innocent.
    expect(script.holds("b")).toEqual(["1:0-1", "1:1-2"]);
    script.done("b");
    expect(script.done("b")).toEqual(["grant b 0:0-1"]);
    script.done("b");
    expect(script.holds("b")).toEqual([]);
  });

  it("the same name joins twice -> what the first held comes back, once", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 4);
    script.held.clear();
    script.join("a", 4);
    expect(script.holds("a").sort()).toEqual(["0:0-1", "1:0-1"]);
  });

  it("events of a computation that left -> nothing", () => {
    const script = new Script();
    script.join("a");
    const unit = script.unit("a");
    script.say({ t: "left", computation: "a", cause: "lost" });
    expect(script.say({ t: "credit", computation: "a", units: 9 })).toEqual([]);
    expect(script.say({ t: "done", computation: "a", unit, renderMs: 1 })).toEqual([]);
    expect(script.say({ t: "left", computation: "a", cause: "crashed" })).toEqual([]);
  });

  it("a thread stays at a unit for a minute and beyond all prediction -> named once as stuck", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 1);
    script.start("a");
    script.done("a", 0, 5);
    script.start("a");
    script.nowMs = 59_000;
    expect(script.say({ t: "tick" }).filter((line) => line.startsWith("stuck"))).toEqual([]);
    script.nowMs = 61_000;
    expect(script.say({ t: "tick" }).filter((line) => line.startsWith("stuck"))).toEqual(["stuck a 1:0-1 61000 ms"]);
    script.nowMs = 70_000;
    expect(script.say({ t: "tick" }).filter((line) => line.startsWith("stuck"))).toEqual([]);
  });
});

describe("units that fail", () => {
  const oneTile = { x0: 0, y0: 0, x1: 16, y1: 16 };

  it("never to be retried -> a hole at once, and the frame ends with holes", () => {
    const script = new Script({ cropWindow: oneTile });
    script.join("a");
    const unit = script.unit("a");
    const effects = script.say({ t: "failed", computation: "a", unit, retry: "never", reason: "broken texture" });
    expect(effects[0]).toBe("hole 0,0,16,16 0-4 broken texture");
    script.held.set("a", script.held.get("a")?.slice(1) ?? []);
    for (const other of [...(script.held.get("a") ?? [])]) script.merged(other);
    expect(script.planner.outcome).toBe("holes");
  });

  it("twice -> its range is halved; a single sample is quartered; 8 pixels are a hole", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.join("a");
    const lines: string[] = [];
    for (let times = 0; times < 3; times++) {
      const unit = script.unit("a");
      script.held.set("a", []);
      lines.push(...script.say({ t: "failed", computation: "a", unit, retry: "other-node", reason: "NaN" }));
      lines.push(...script.say({ t: "credit", computation: "a", units: 1 }));
    }
    expect(lines).toEqual(["grant a 0:0-1", "grant a 0:0-1@0,0,8,8", "hole 0,0,8,8 0-1 NaN", "grant a 0:0-1@8,0,16,8"]);
  });

  it("on one of two computations -> the other one tries", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.join("a");
    const unit = script.unit("a");
    script.join("b");
    expect(script.say({ t: "failed", computation: "a", unit, retry: "other-node", reason: "NaN" })).toEqual([
      "grant b 0:0-1",
    ]);
  });

  it("refused as partly covered -> set aside, and the ledger decides what is missing", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 4 });
    script.join("a", 8);
    expect(script.holds("a")).toEqual(["0:0-1", "0:1-2", "0:2-4"]);
    const unit = script.unit("a", 2);
    expect(script.say({ t: "refused", computation: "a", unit })).toEqual(["reconcile"]);
    script.say({ t: "credit", computation: "a", units: 1 });
    const tiles = [{ tileIndex: 0, ranges: [{ begin: 2, end: 3 }] }];
    expect(script.say({ t: "ledger", tiles })).toEqual(["grant a 0:3-4"]);
  });
});

describe("hedging", () => {
  /** 400 single-tile-sample units are done by b; a sits on one. */
  function nearEnd(isStarted = true): Script {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 320, y1: 160 }, budgetSpp: 2 });
    script.join("a", 1, 1);
    if (isStarted) script.start("a");
    script.join("b", 1);
    while (script.holds("b").length > 0) {
      const unit = script.unit("b");
      script.start("b");
      script.done("b", 0, 5);
      script.merged(unit);
    }
    return script;
  }

  it("a lease is overdue and another computation idles -> a copy; the first result cancels the other", () => {
    const script = nearEnd();
    const late = script.holds("a")[0];
    expect(script.holds("b")).toEqual([]);
    script.nowMs += 1_000;
    expect(script.say({ t: "tick" })).toEqual([`grant b ${late}`]);
    expect(script.say({ t: "tick" })).toEqual([]);
    const unit = script.unit("b");
    expect(script.done("b")).toEqual([`cancel a ${late}`]);
    expect(script.merged(unit)).toContain("complete finished");
    expect(script.planner.progress().hedgedCount).toBe(1);
  });

  it("the late unit had not even started -> it is taken back, which is no copy", () => {
    const script = nearEnd(false);
    const [late] = script.holds("a");
    script.nowMs += 1_000;
    expect(script.say({ t: "tick" })).toEqual([`cancel a ${late}`, `grant b ${late}`]);
    expect(script.planner.progress().hedgedCount).toBe(0);
  });

  it("the holder of the copy dies -> the unit is not granted again while the first lease lives", () => {
    const script = nearEnd();
    script.nowMs += 1_000;
    script.say({ t: "tick" });
    expect(script.say({ t: "left", computation: "b", cause: "crashed" })).toEqual([]);
    expect(script.say({ t: "left", computation: "a", cause: "lost" })).toEqual([]);
    script.join("c");
    expect(script.holds("c").length).toBe(1);
  });
});

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
