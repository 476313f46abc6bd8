// A session that was taken over with holes: they stay, and nothing else is missing in the end.
import { describe, expect, it } from "vitest";
import { quarters } from "../../../../proto/tiling.ts";
import { Script } from "./script.ts";

const oneTile = { x0: 0, y0: 0, x1: 16, y1: 16 };
const [corner] = quarters(oneTile) as [typeof oneTile];

describe("holes that are known", () => {
  it("a quarter of a tile from its first sample on -> the other quarters alone, then complete with holes", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    expect(script.say({ t: "known-hole", rect: corner, fromSample: 0 })).toEqual([]);
    expect(script.say({ t: "ledger", tiles: [] })).toEqual([]);
    script.join("a", 64);
    expect(script.holds("a").sort()).toEqual(["0:0-1@0,8,8,16", "0:0-1@8,0,16,8", "0:0-1@8,8,16,16"]);
    const cells = quarters(oneTile).map((rect, at) => ({ rect, ranges: at === 0 ? [] : [{ begin: 0, end: 1 }] }));
    expect(script.say({ t: "merged", tiles: [{ tileIndex: 0, ranges: [], cells }] })).toContain("complete holes");
  });

  it("from a later sample on, and the film lacks earlier ones -> these are rendered, and no others there", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 8 });
    script.say({ t: "known-hole", rect: corner, fromSample: 3 });
    const cells = quarters(oneTile).map((rect, at) => ({ rect, ranges: [{ begin: 0, end: at === 0 ? 1 : 8 }] }));
    expect(script.say({ t: "ledger", tiles: [{ tileIndex: 0, ranges: [], cells }] })).toEqual([]);
    script.join("a", 64);
    expect(script.holds("a").sort()).toEqual(["0:1-2@0,0,8,8", "0:2-3@0,0,8,8"]);
  });

  it("the whole frame, and the film has what is before -> complete with holes as soon as that is known", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 8 });
    expect(script.say({ t: "known-hole", rect: oneTile, fromSample: 2 })).toEqual([]);
    expect(script.say({ t: "ledger", tiles: [{ tileIndex: 0, ranges: [{ begin: 0, end: 2 }] }] })).toEqual([
      "complete holes",
    ]);
  });

  it("a rectangle that bisection does not make, or of another frame -> nothing", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.say({ t: "known-hole", rect: { x0: 3, y0: 3, x1: 14, y1: 14 }, fromSample: 0 });
    script.say({ t: "known-hole", rect: { x0: 20, y0: 0, x1: 28, y1: 8 }, fromSample: 0 });
    script.join("a", 64);
    const cells = quarters(oneTile).map((rect) => ({ rect, ranges: [{ begin: 0, end: 1 }] }));
    expect(script.say({ t: "merged", tiles: [{ tileIndex: 0, ranges: [], cells }] })).toContain("complete finished");
  });
});
