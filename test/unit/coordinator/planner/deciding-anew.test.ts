// Adaptive tiles after a wrong node's samples were taken out: the counts at which they stop are those of a run without it.
import { describe, expect, it } from "vitest";
import type { TileReport } from "../../../../coordinator/planner/events.ts";
import { Script } from "./script.ts";

const oneTile = { cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 }, budgetSpp: 8, targetError: 0.1, minSpp: 2 };

/** `a`'s samples said that two are too few, or enough; it is shut out, and `b` is there. */
function misled(error: number): Script {
  const script = new Script({ ...oneTile, verify: { share: 0, salt: 0 } });
  script.join("a", 1, 64);
  for (const end of [1, 2]) {
    const unit = script.unit("a");
    script.done("a");
    script.merged(unit, end === 2 ? error : undefined);
  }
  return script;
}

function report(end: number, errors: TileReport["errors"] = []): TileReport {
  return { tileIndex: 0, ranges: end === 0 ? [] : [{ begin: 0, end }], errors };
}

function takenOut(script: Script, nodeId: string, tile: TileReport): string[] {
  script.say({ t: "quarantined", nodeId });
  script.say({ t: "taken-out", nodeIds: [nodeId] });
  return script.say({ t: "ledger", tiles: [tile] });
}

describe("a wrong node's samples were taken out of an adaptive tile", () => {
  it("it went on because of them, and some samples are there again already -> what is beyond ends, and it is decided again", () => {
    const script = misled(0.5);
    script.join("b");
    expect(script.holds("a")).toEqual(["0:2-3", "0:3-4"]);
    expect(takenOut(script, "a", report(1)).at(-1)).toBe("grant b 0:1-2");
    const unit = script.unit("b");
    script.done("b");
    const tile = { ...report(unit.sampleEnd), error: { value: 0.05, spp: 2 } };
    expect(script.say({ t: "merged", tiles: [tile] })).toEqual(["complete finished"]);
  });

  it("it went on because of them, and all that it needs is there again -> it is done", () => {
    const script = misled(0.5);
    script.join("b");
    expect(takenOut(script, "a", report(2, [{ value: 0.05, spp: 2 }])).at(-1)).toBe("complete finished");
  });

  it("another right node holds samples that only wrong ones asked for -> they are cancelled", () => {
    const script = misled(0.5);
    script.say({ t: "left", computation: "a", cause: "lost" });
    script.join("b");
    expect(script.holds("b")).toEqual(["0:3-4", "0:2-3"]);
    expect(takenOut(script, "a", report(0))).toEqual(["cancel b 0:2-3", "cancel b 0:3-4", "grant b 0:0-1 0:1-2"]);
  });

  it("nothing of that tile was wrong -> it goes on as it was", () => {
    const script = misled(0.5);
    script.join("b");
    expect(takenOut(script, "b", report(2, [{ value: 0.5, spp: 2 }]))).toEqual([]);
    expect(script.holds("a")).toEqual(["0:2-3", "0:3-4"]);
  });
});
