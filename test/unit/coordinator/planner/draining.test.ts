// Computations that are to leave.
import { describe, expect, it } from "vitest";
import { Script } from "./script.ts";

describe("draining", () => {
  it("it has begun one unit and waits with another -> the other goes back, nothing more comes, told when it holds none", () => {
    const script = new Script();
    script.join("a", 1, 2);
    script.start("a");
    expect(script.holds("a")).toEqual(["0:0-1", "1:0-1"]);
    expect(script.say({ t: "drain", computation: "a" })).toEqual(["cancel a 1:0-1"]);
    expect(script.say({ t: "credit", computation: "a", units: 5 })).toEqual([]);
    expect(script.join("b", 1, 1)).toEqual(["grant b 1:0-1"]);
    const unit = script.unit("a");
    expect(script.done("a")).toEqual(["drained a"]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.say({ t: "left", computation: "a", cause: "closed" })).toEqual([]);
    expect(script.merged(unit)).toEqual([]);
  });

  it("somebody idles -> gets at once what the leaving one had not begun", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 1, 2);
    expect(script.join("b")).toEqual([]);
    expect(script.say({ t: "drain", computation: "a" })).toEqual([
      "cancel a 0:0-1 1:0-1",
      "grant b 0:0-1 1:0-1",
      "drained a",
    ]);
  });

  it("of one that holds nothing, or is not there -> drained, each time it is said", () => {
    const script = new Script();
    script.say({ t: "joined", computation: "a", threadCount: 1 });
    expect(script.say({ t: "drain", computation: "a" })).toEqual(["drained a"]);
    expect(script.say({ t: "drain", computation: "a" })).toEqual(["drained a"]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.say({ t: "drain", computation: "nobody" })).toEqual(["drained nobody"]);
  });

  it("it dies before it has finished -> what it had begun is blamed as ever, and it is not told as drained", () => {
    const script = new Script();
    script.join("a", 1, 1);
    script.start("a");
    script.say({ t: "drain", computation: "a" });
    expect(script.say({ t: "left", computation: "a", cause: "crashed" })).toEqual([]);
    expect(script.say({ t: "tick" })).toEqual([]);
    expect(script.join("b", 1, 64)[0]).toContain("grant b");
  });

  it("it joins again -> gets work like any other, until it is said again", () => {
    const script = new Script();
    script.join("a", 1, 1);
    script.say({ t: "drain", computation: "a" });
    expect(script.join("a", 1, 1)).toEqual(["grant a 0:0-1"]);
  });

  it("the frame is stopped meanwhile -> it holds nothing, and is told", () => {
    const script = new Script();
    script.join("a", 1, 1);
    script.start("a");
    script.say({ t: "drain", computation: "a" });
    expect(script.say({ t: "stop" })).toEqual(["cancel a 0:0-1", "complete stopped", "drained a"]);
  });
});
