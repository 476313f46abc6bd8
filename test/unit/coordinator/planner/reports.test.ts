// The merger's reports and its whole ledger.
import { describe, expect, it } from "vitest";
import { quarters } from "../../../../proto/tiling.ts";
import { Script } from "./script.ts";

const oneTile = { x0: 0, y0: 0, x1: 16, y1: 16 };

describe("merged reports", () => {
  it("a part of a unit's pixels -> not complete; all of them by cells -> complete", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.join("a");
    const cells = quarters(oneTile).map((rect) => ({ rect, ranges: [{ begin: 0, end: 1 }] }));
    const missingOne = cells.map((cell, at) => (at === 3 ? { ...cell, ranges: [] } : cell));
    expect(script.say({ t: "merged", tiles: [{ tileIndex: 0, ranges: [], cells: missingOne }] })).toEqual([]);
    expect(script.say({ t: "merged", tiles: [{ tileIndex: 0, ranges: cells[0].ranges, cells }] })).toContain(
      "complete finished",
    );
  });

  it("a tile that is not there -> ignored", () => {
    const script = new Script();
    expect(script.say({ t: "merged", tiles: [{ tileIndex: 99, ranges: [] }] })).toEqual([]);
  });
});

describe("ledger", () => {
  it("a new planner and a ledger with gaps -> exactly what is missing, gaps first", () => {
    const script = new Script({ budgetSpp: 8 });
    const tiles = [
      {
        tileIndex: 0,
        ranges: [
          { begin: 0, end: 2 },
          { begin: 4, end: 6 },
        ],
      },
      { tileIndex: 1, ranges: [{ begin: 0, end: 8 }] },
    ];
    expect(script.say({ t: "ledger", tiles })).toEqual([]);
    script.join("a", 64);
    expect(script.holds("a")).toEqual(["0:2-4", "0:6-8"]);
    expect(script.planner.progress().fraction).toBe(12 / 16);
  });

  it("a new planner and a ledger whose tile was bisected -> the missing parts only", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 2 });
    const cells = quarters(oneTile).map((rect, at) => ({
      rect,
      ranges: at === 0 ? [] : [{ begin: 0, end: 1 + (at % 2) }],
    }));
    script.say({ t: "ledger", tiles: [{ tileIndex: 0, ranges: [], cells }] });
    script.join("a", 64);
    expect(script.holds("a").sort()).toEqual(["0:0-1@0,0,8,8", "0:1-2@0,0,8,8", "0:1-2@0,8,8,16"]);
  });

  it("everything is in the ledger -> complete at once", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 2 });
    expect(script.say({ t: "ledger", tiles: [{ tileIndex: 0, ranges: [{ begin: 0, end: 2 }] }] })).toEqual([
      "complete finished",
    ]);
  });

  it("units are in flight -> they stay where they are", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 2 });
    script.join("a");
    const held = script.holds("a");
    expect(script.say({ t: "ledger", tiles: [] })).toEqual([]);
    expect(script.holds("a")).toEqual(held);
  });

  it("after the end, a ledger that lacks some -> running again", () => {
    const script = new Script({ cropWindow: oneTile, budgetSpp: 1 });
    script.join("a");
    const unit = script.unit("a");
    script.done("a");
    script.merged(unit);
    expect(script.planner.outcome).toBe("finished");
    expect(script.say({ t: "ledger", tiles: [] })).toEqual(["grant a 0:0-1"]);
    expect(script.planner.outcome).toBe("running");
  });

  it("an adaptive tile between two decisions -> the later one is next; at one, the error decides", () => {
    const script = new Script({ budgetSpp: 64, targetError: 0.1, minSpp: 4 });
    const tiles = [
      { tileIndex: 0, ranges: [{ begin: 0, end: 6 }] },
      { tileIndex: 1, ranges: [{ begin: 0, end: 8 }], error: { value: 0.05, spp: 8 } },
    ];
    script.say({ t: "ledger", tiles });
    script.join("a", 64);
    expect(script.holds("a")).toEqual(["0:6-8"]);
  });
});
