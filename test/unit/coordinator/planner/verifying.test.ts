// Units that are rendered twice, and what follows when nodes differ. All units are chosen (share 1).
import { describe, expect, it } from "vitest";
import { verifyChoice } from "../../../../proto/verified-unit.ts";
import { Script } from "./script.ts";

const verify = verifyChoice(1, "s1");

/** One tile, one sample: one unit. `a` has rendered it, and the merger has it. */
function oneUnit(sums = "1"): Script {
  const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
  script.join("a");
  const unit = script.unit("a");
  script.done("a", 0, 5, sums);
  script.merged(unit);
  return script;
}

describe("a unit that is chosen", () => {
  it("another node makes the same of it -> verified, and only then the frame is complete", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    script.join("a");
    script.join("b");
    const unit = script.unit("a");
    expect(script.done("a", 0, 5, "1")).toEqual(["verify b 0:0-1"]);
    expect(script.merged(unit)).toEqual([]);
    expect(script.verified("b", "1")).toEqual(["complete finished"]);
    expect(script.planner.progress()).toMatchObject({ verifiedCount: 1, uncheckedCount: 0 });
  });

  it("no other node is there -> the frame ends, and one unit is counted as unverified", () => {
    const script = oneUnit();
    expect(script.planner.outcome).toBe("finished");
    expect(script.planner.progress()).toMatchObject({ verifiedCount: 0, uncheckedCount: 1 });
  });

  it("two computations of one node -> are not asked about each other", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    script.join("a", 1, 64, "n");
    script.join("b", 1, 64, "n");
    const unit = script.unit("a");
    expect(script.done("a", 0, 5, "1")).toEqual([]);
    expect(script.merged(unit)).toEqual(["complete finished"]);
  });

  it("who is asked dies twice over it -> nobody else is asked, and the frame ends", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    for (const name of ["a", "b", "c"]) script.join(name);
    const unit = script.unit("a");
    expect(script.done("a", 0, 5, "1")).toEqual(["verify b 0:0-1"]);
    script.merged(unit);
    script.say({ t: "started", computation: "b", unit });
    expect(script.say({ t: "left", computation: "b", cause: "crashed" })).toEqual(["verify c 0:0-1"]);
    expect(script.say({ t: "failed", computation: "c", unit, retry: "never", reason: "" })).toEqual([
      "complete finished",
    ]);
    expect(script.planner.progress()).toMatchObject({ verifiedCount: 0, uncheckedCount: 1 });
  });

  it("who is asked leaves -> another is asked", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    for (const name of ["a", "b", "c"]) script.join(name);
    script.done("a", 0, 5, "1");
    expect(script.say({ t: "drain", computation: "b" })).toEqual(["cancel b 0:0-1", "verify c 0:0-1", "drained b"]);
  });

  it("it has to be rendered for the film again -> it is compared anew", () => {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    for (const name of ["a", "b"]) script.join(name);
    script.done("a", 0, 5, "1");
    expect(script.say({ t: "ledger", tiles: [] })).toEqual(["cancel b 0:0-1", "grant a 0:0-1"]);
    expect(script.done("a", 0, 5, "1")).toEqual(["verify b 0:0-1"]);
  });

  it("the frame is stopped, or begins anew with an edit -> what was asked is cancelled", () => {
    for (const event of [{ t: "stop" }, { t: "edited", epoch: 2 }] as const) {
      const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
      for (const name of ["a", "b"]) script.join(name);
      script.done("a", 0, 5, "1");
      expect(script.say(event)[0]).toBe("cancel b 0:0-1");
      expect(script.planner.progress().uncheckedCount).toBe(1);
    }
  });
});

describe("nodes that differ", () => {
  /** `a` and `b` have rendered the only unit, with different results. */
  function disputed(...others: string[]): { script: Script; effects: string[] } {
    const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 1, verify });
    for (const name of ["a", "b", ...others]) script.join(name);
    const unit = script.unit("a");
    script.done("a", 0, 5, "1");
    script.merged(unit);
    return { script, effects: script.verified("b", "2") };
  }

  it("a third agrees with one -> the other is wrong, its work goes elsewhere, its samples out of the film", () => {
    const { script, effects } = disputed("c");
    expect(effects).toEqual(["verify c 0:0-1"]);
    expect(script.verified("c", "2")).toEqual(["wrong a: a=1 b=2 c=2"]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.say({ t: "taken-out", nodeIds: ["a"] })).toEqual(["reconcile"]);
    expect(script.say({ t: "ledger", tiles: [] })).toEqual(["grant b 0:0-1"]);
    const unit = script.unit("b");
    script.done("b", 0, 5, "2");
    script.merged(unit);
    expect(script.verified("c", "2")).toEqual(["complete finished"]);
  });

  it("nobody else is there -> both are asked again; who contradicts himself is wrong", () => {
    const { script, effects } = disputed();
    expect(effects).toEqual(["verify a 0:0-1"]);
    expect(script.verified("a", "1")).toEqual(["verify b 0:0-1"]);
    expect(script.verified("b", "3")).toEqual(["wrong b: a=1 b=2 a=1 b=3"]);
    expect(script.say({ t: "joined", computation: "b", threadCount: 1 })).toEqual([]);
    expect(script.say({ t: "credit", computation: "b", units: 4 })).toEqual([]);
    script.say({ t: "taken-out", nodeIds: ["b"] });
    const ranges = [{ begin: 0, end: 1 }];
    expect(script.say({ t: "ledger", tiles: [{ tileIndex: 0, ranges }] })).toEqual(["complete finished"]);
  });

  it("both stay with what they said -> undecided, told once, and the frame ends", () => {
    const { script } = disputed();
    script.verified("a", "1");
    expect(script.verified("b", "2")).toEqual(["undecided: a=1 b=2 a=1 b=2", "complete finished"]);
  });

  it("undecided, and a third joins -> it decides", () => {
    const script = new Script({ budgetSpp: 1, verify });
    script.join("a", 1, 1);
    script.join("b");
    expect(script.holds("b")).toEqual(["1:0-1"]);
    expect(script.done("a", 0, 5, "1")).toEqual(["verify b 0:0-1"]);
    expect(script.verified("b", "2", 1)).toEqual(["verify b 0:0-1"]);
    expect(script.verified("b", "2", 1)).toEqual(["verify a 0:0-1"]);
    expect(script.verified("a", "1")).toEqual(["undecided: a=1 b=2 b=2 a=1"]);
    expect(script.join("c")).toEqual(["verify c 0:0-1"]);
    expect(script.verified("c", "2")).toEqual(["wrong a: a=1 b=2 b=2 a=1 c=2"]);
  });

  it("a quarantine is told from elsewhere -> its computations end, the frame waits for the taking out", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 1, 1);
    script.join("b");
    const unit = script.unit("a");
    expect(script.holds("b")).toEqual(["1:0-1"]);
    expect(script.say({ t: "quarantined", nodeId: "a" })).toEqual(["grant b 0:0-1"]);
    expect(script.say({ t: "done", computation: "a", unit, renderMs: 5 })).toEqual([]);
    const [first, second] = [script.unit("b", 0), script.unit("b", 1)];
    script.done("b");
    script.done("b");
    script.merged(first);
    expect(script.merged(second)).toEqual([]);
    expect(script.say({ t: "taken-out", nodeIds: ["a"] })).toEqual(["reconcile"]);
    const ranges = [{ begin: 0, end: 1 }];
    expect(script.say({ t: "ledger", tiles: [0, 1].map((tileIndex) => ({ tileIndex, ranges })) })).toEqual([
      "complete finished",
    ]);
  });

  it("an adaptive tile is emptied -> what was decided about it is decided again", () => {
    const script = new Script({
      cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 },
      budgetSpp: 8,
      targetError: 0.1,
      minSpp: 2,
      verify: { share: 0, salt: 0 },
    });
    script.join("a", 1, 64);
    for (const end of [1, 2]) {
      const unit = script.unit("a");
      expect(unit.sampleEnd).toBe(end);
      script.done("a");
      if (end === 1) script.merged(unit);
      else expect(script.merged(unit, 0.5)[0]).toContain("grant a 0:2-");
    }
    script.join("b");
    script.say({ t: "quarantined", nodeId: "a" });
    script.say({ t: "taken-out", nodeIds: ["a"] });
    expect(script.say({ t: "ledger", tiles: [] }).at(-1)).toBe("grant b 0:0-1 0:1-2");
    const [first, second] = [script.unit("b", 0), script.unit("b", 1)];
    const merged = (end: number, error: number) => {
      const tile = { tileIndex: 0, ranges: [{ begin: 0, end }], error: { value: error, spp: end } };
      return script.say({ t: "merged", tiles: [tile] });
    };
    script.done("b");
    merged(first.sampleEnd, 0.5);
    script.done("b");
    expect(merged(second.sampleEnd, 0.05)).toEqual(["complete finished"]);
  });
});
