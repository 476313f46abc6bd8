// What becomes of units whose computation ended or whose renderer failed.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

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

  it("it crashes -> what it had announced as next runs alone too, and is cleared by that", () => {
    const script = new Script({ budgetSpp: 2 });
    script.join("a", 1, 2);
    const [unit, next] = [script.unit("a", 0), script.unit("a", 1)];
    script.say({ t: "started", computation: "a", unit, next });
    script.say({ t: "left", computation: "a", cause: "crashed" });
    script.join("b", 8);
    expect(script.say({ t: "tick" })).toEqual(["grant b 0:0-1"]);
    expect(script.done("b")).toEqual(["grant b 1:0-1"]);
    script.merged(unit);
    expect(script.holds("b")).toEqual(["1:0-1"]);
    script.done("b");
    script.merged(next);
    expect(script.holds("b")).toEqual(["0:1-2", "1:1-2"]);
  });

  it("it closes -> what it had announced is innocent", () => {
    const script = new Script({ budgetSpp: 2 });
    script.join("a", 1, 2);
    script.say({ t: "started", computation: "a", unit: script.unit("a", 0), next: script.unit("a", 1) });
    script.say({ t: "left", computation: "a", cause: "lost" });
    script.join("b", 8);
    expect(script.holds("b").slice(0, 2).sort()).toEqual(["0:0-1", "1:0-1"]);
  });

  it.each(["lost", "crashed"] as const)(
    "%s when the film had what it rendered -> told to be rendered, once",
    (cause) => {
      const script = new Script({ budgetSpp: 1 });
      script.join("a");
      script.start("a", 0);
      expect(script.merged(script.unit("a", 0))).toEqual([]);
      expect(script.say({ t: "left", computation: "a", cause })).toEqual(["unheard 0:0-1"]);
      script.join("b");
      const unit = script.unit("b", 0);
      script.done("b");
      expect(script.merged(unit)).toEqual(["complete finished"]);
    },
  );

  it("the film is complete before what was rendered is reported -> told to be rendered, and the report changes nothing", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a");
    const [first, last] = [script.unit("a", 0), script.unit("a", 1)];
    script.merged(first);
    expect(script.merged(last)).toEqual([
      "unheard 0:0-1",
      "unheard 1:0-1",
      "cancel a 0:0-1 1:0-1",
      "complete finished",
    ]);
    expect(script.say({ t: "done", computation: "a", unit: last, renderMs: 5 })).toEqual([]);
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

  it("twice -> its range is halved; a single sample is quartered; 8 pixels are a hole when they failed twice themselves", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.join("a");
    const lines: string[] = [];
    for (let times = 0; times < 4; times++) {
      const unit = script.unit("a");
      script.held.set("a", []);
      lines.push(...script.say({ t: "failed", computation: "a", unit, retry: "other-node", reason: "NaN" }));
      lines.push(...script.say({ t: "credit", computation: "a", units: 1 }));
    }
    const [whole, first, second] = ["grant a 0:0-1", "grant a 0:0-1@0,0,8,8", "grant a 0:0-1@8,0,16,8"];
    expect(lines).toEqual([whole, first, first, "hole 0,0,8,8 0-1 NaN", second]);
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
