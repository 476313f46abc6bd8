// Suspects run alone, one computation at a time.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

/** Tile 0's first unit crashed "a"; the frame has plenty of other work. */
function withSuspect(): Script {
  const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 160, y1: 160 }, budgetSpp: 64 });
  script.join("a", 1, 1);
  script.start("a");
  script.say({ t: "left", computation: "a", cause: "crashed" });
  script.held.delete("a");
  return script;
}

describe("isolation", () => {
  it("a computation that has not finished anything yet -> innocent units first", () => {
    const script = withSuspect();
    script.join("b", 2);
    expect(script.holds("b").length).toBeGreaterThan(0);
    expect(script.holds("b")).not.toContain("0:0-1");
  });

  it("one that works -> gets nothing until it is empty, then the suspect alone, then ordinary work again", () => {
    const script = withSuspect();
    script.join("b", 2);
    while (script.holds("b").length > 1) expect(script.done("b")).toEqual([]);
    expect(script.done("b")).toEqual(["grant b 0:0-1"]);
    script.start("b");
    expect(script.say({ t: "tick" })).toEqual([]);
    const [effect] = script.done("b");
    expect(effect).toMatch(/^grant b /);
    expect(script.holds("b").length).toBeGreaterThan(1);
  });

  it("two that work -> only one of them is emptied", () => {
    const script = withSuspect();
    script.join("b", 2);
    script.join("c", 2);
    const grantsOf = (name: string) => {
      const effects: string[] = [];
      for (let times = 0; times < 20 && script.holds(name).length > 1; times++) effects.push(...script.done(name));
      return effects;
    };
    expect(grantsOf("b")).toEqual([]);
    expect(grantsOf("c").length).toBeGreaterThan(0);
  });

  it("the emptied one dies with nothing started -> another one takes its place", () => {
    const script = withSuspect();
    script.join("b", 2);
    script.done("b");
    script.join("c", 1);
    script.say({ t: "left", computation: "b", cause: "lost" });
    while (script.holds("c").length > 0 && !script.holds("c").includes("0:0-1")) script.done("c");
    expect(script.holds("c")).toEqual(["0:0-1"]);
  });

  describe("halves of one unit's samples", () => {
    /** "a" tries the earlier half; "c" has nothing to do. */
    function withHalves(): Script {
      const script = new Script({ cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 17 });
      script.join("a", 1, 1);
      script.done("a", 0, 0.1);
      script.join("b");
      expect(script.holds("a")).toEqual(["0:1-17"]);
      failElsewhere(script, "a");
      failElsewhere(script, "b");
      script.join("c");
      expect(script.holds("a")).toEqual(["0:1-9"]);
      return script;
    }

    /** It gets nothing back by that: what it held failed there. */
    function failElsewhere(script: Script, computation: string): void {
      const unit = script.unit(computation);
      script.held.delete(computation);
      script.say({ t: "failed", computation, unit, retry: "other-node", reason: "poison" });
      script.say({ t: "credit", computation, units: 1 });
    }

    it("the earlier one is being tried -> the later one waits, as a hole would take it along", () => {
      const script = withHalves();
      expect(script.say({ t: "tick" })).toEqual([]);
      expect(script.holds("c")).toEqual([]);
    });

    it("the earlier one is innocent -> the later one is tried", () => {
      const script = withHalves();
      expect(script.done("a")).toContain("grant c 0:9-17");
    });

    it("the earlier one fails -> its own halves come first", () => {
      const script = withHalves();
      failElsewhere(script, "a");
      expect([...script.holds("b"), ...script.holds("c")]).toEqual(["0:1-5"]);
    });
  });
});
