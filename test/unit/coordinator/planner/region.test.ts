// A region that is rendered alone: what is granted, what is taken back, when it is done.
import { describe, expect, it } from "vitest";
import { coarseShownMs } from "../../../../coordinator/planner/settings.ts";
import { Script } from "./script.ts";

const right = { x0: 20, y0: 4, x1: 21, y1: 5 };

describe("a region alone", () => {
  it("before anything is granted -> only its tiles; done -> told once, and nothing more; lifted -> the rest, and the end", () => {
    const script = new Script({ budgetSpp: 1, coarse: true });
    expect(script.say({ t: "region", rect: right, isAlone: true })).toEqual([]);
    script.join("a", 64);
    expect(script.holds("a")).toEqual(["1:c"]);
    script.done("a");
    script.nowMs += coarseShownMs;
    expect(script.say({ t: "tick" })).toEqual(["grant a 1:0-1"]);
    expect(script.planner.hasFirstPicture).toBe(true);
    const unit = script.unit("a");
    expect(script.done("a")).toEqual([]);
    expect(script.merged(unit)).toEqual(["region done"]);
    expect(script.merged(unit)).toEqual([]);
    expect(script.planner.outcome).toBe("running");
    expect(script.say({ t: "region", rect: null })).toEqual(["grant a 0:c", "region not done"]);
    expect(script.planner.hasFirstPicture).toBe(false);
    expect(script.done("a")).toEqual([]);
    script.nowMs += coarseShownMs;
    expect(script.say({ t: "tick" })).toEqual(["grant a 0:0-1"]);
    const rest = script.unit("a");
    script.done("a");
    expect(script.merged(rest)).toEqual(["complete finished"]);
  });

  it("others' units are held -> what is not begun comes back, what is begun ends, and the lifted region grants the former", () => {
    const script = new Script({ budgetSpp: 1, cropWindow: { x0: 0, y0: 0, x1: 48, y1: 16 } });
    script.join("a", 1, 3);
    script.start("a");
    const [begun, ...waiting] = script.holds("a");
    expect([begun, waiting]).toEqual(["0:0-1", expect.arrayContaining(["1:0-1", "2:0-1"])]);
    expect(script.say({ t: "region", rect: right, isAlone: true })).toEqual(["cancel a 2:0-1"]);
    expect(script.say({ t: "credit", computation: "a", units: 1 })).toEqual([]);
    const [left, middle] = [script.unit("a", 0), script.unit("a", 1)];
    script.done("a");
    script.merged(left);
    script.done("a");
    expect(script.merged(middle)).toEqual(["region done"]);
    expect(script.say({ t: "region", rect: null })).toEqual(["grant a 2:0-1", "region not done"]);
  });

  it("its tiles get more samples, or the scene is another -> not done any more, and again only its tiles", () => {
    const script = new Script({ budgetSpp: 1 });
    script.say({ t: "region", rect: right, isAlone: true });
    script.join("a");
    const unit = script.unit("a");
    script.done("a");
    expect(script.merged(unit)).toEqual(["region done"]);
    expect(script.say({ t: "budget", spp: 2 })).toEqual(["grant a 1:1-2", "region not done"]);
    const more = script.unit("a");
    script.done("a");
    expect(script.merged(more)).toEqual(["region done"]);
    expect(script.say({ t: "edited", epoch: 2 })).toEqual(["region not done"]);
    expect(script.say({ t: "credit", computation: "a", units: 8 })).toEqual(["grant a 1:0-1 1:1-2"]);
  });

  it("another region, or the same one first -> its rest goes on; one of the whole frame -> the frame ends", () => {
    const script = new Script({ budgetSpp: 1, cropWindow: { x0: 0, y0: 0, x1: 48, y1: 16 } });
    const finish = () => {
      const unit = script.unit("a");
      script.done("a");
      return script.merged(unit);
    };
    script.say({ t: "region", rect: right, isAlone: true });
    script.join("a");
    expect(finish()).toEqual(["region done"]);
    expect(script.say({ t: "region", rect: { ...right, x0: 15 }, isAlone: true })).toEqual([
      "grant a 0:0-1",
      "region not done",
    ]);
    expect(finish()).toEqual(["region done"]);
    expect(script.say({ t: "region", rect: { x0: 0, y0: 0, x1: 48, y1: 16 }, isAlone: true })).toEqual([
      "grant a 2:0-1",
      "region not done",
    ]);
    expect(finish()).toEqual(["complete finished"]);
  });

  it("what is stopped, or a computation that dies, holding others' units -> nothing of it is granted while it is alone", () => {
    const script = new Script({ budgetSpp: 1 });
    script.join("a", 2, 2);
    script.start("a", 0);
    script.start("a", 1);
    expect(script.say({ t: "region", rect: right, isAlone: true })).toEqual([]);
    script.say({ t: "left", computation: "a", cause: "crashed" });
    script.join("b", 1, 8);
    expect(script.holds("b")).toEqual(["1:0-1"]);
    const unit = script.unit("b");
    script.done("b");
    expect(script.merged(unit)).toEqual(["region done"]);
    expect(script.say({ t: "region", rect: null })).toEqual(["grant b 0:0-1", "region not done"]);
    expect(script.say({ t: "stop" })).toEqual(["cancel b 0:0-1", "complete stopped"]);
    expect(script.planner.progress().tileCount).toBe(2);
  });

  it("units of its tiles are compared -> it is done when they are; others' are compared when it is lifted", () => {
    const script = new Script({ budgetSpp: 1, verify: { share: 1, salt: 1 } });
    script.join("a", 1, 2, "m");
    script.start("a");
    const [outside, inside] = [script.unit("a", 0), script.unit("a", 1)];
    script.say({ t: "region", rect: right, isAlone: true });
    script.join("b", 1, 8, "n");
    script.done("a", 0, 5, "0");
    script.merged(outside);
    expect(script.done("a", 0, 5, "1")).toEqual(["verify b 1:0-1"]);
    expect(script.merged(inside)).toEqual([]);
    expect(script.verified("b", "1")).toEqual(["region done"]);
    expect(script.say({ t: "region", rect: null })).toEqual(["verify b 0:0-1", "region not done"]);
    expect(script.verified("b", "0")).toEqual(["complete finished"]);
  });
});
