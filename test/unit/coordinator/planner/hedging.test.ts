// Copies of what is overdue.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

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
    expect([script.holds("b"), script.planner.isTimeAwaited]).toEqual([[], true]);
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
