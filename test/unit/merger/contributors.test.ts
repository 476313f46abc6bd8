import { describe, expect, it } from "vitest";
import { Contributors } from "../../../merger/contributors.ts";
import { limits } from "../../../proto/limits.ts";

const from = (computation: string, nodeId = "n") => ({ computation, nodeId, clampedCount: 2, nonFiniteCount: 1 });
const refusal = expect.objectContaining({ code: "message-malformed" });
const added = { t: "added", sampleCount: 1 } as const;

describe("contributors", () => {
  it("stale and coarse units count for nobody", () => {
    const contributors = new Contributors();
    contributors.note(from("a"), 0, { t: "stale" }, 64);
    contributors.note(from("a"), 0, { t: "coarse", completes: false }, 64);
    expect([contributors.totals(), contributors.shares(0)]).toEqual([[], []]);
  });

  it("samples that were clamped or had no value count with the contribution that was added, not with its copies", () => {
    const contributors = new Contributors();
    contributors.note(from("a"), 0, added, 64);
    contributors.note(from("a"), 0, { t: "duplicate" }, 64);
    expect(contributors.totals()).toMatchObject([{ clampedCount: 2, nonFiniteCount: 1, duplicateCount: 1 }]);
  });

  it("a computation ran on two nodes -> one total, two shares", () => {
    const contributors = new Contributors();
    contributors.note(from("b"), 3, added, 64);
    contributors.note(from("a", "m"), 3, added, 64);
    contributors.note(from("a", "n"), 3, { t: "added", sampleCount: 2 }, 64);
    contributors.note(from("a", "n"), 4, added, 16);
    expect(contributors.totals()).toMatchObject([
      { computation: "a", sampleCount: 64 + 128 + 16, unitCount: 3 },
      { computation: "b", sampleCount: 64, unitCount: 1 },
    ]);
    expect(contributors.shares(3).map(({ sampleCount }) => sampleCount)).toEqual([64, 64, 128]);
  });

  it("a tile is emptied -> its samples count for nobody any more", () => {
    const contributors = new Contributors();
    contributors.note(from("a"), 3, added, 64);
    contributors.note(from("a"), 4, added, 16);
    contributors.clearTile(3);
    expect(contributors.totals()).toMatchObject([{ sampleCount: 16, unitCount: 1, clampedCount: 2 }]);
    expect(contributors.shares(3)).toEqual([]);
  });

  it("a computation, or a node, is suspected -> the tiles that have samples of it", () => {
    const contributors = new Contributors();
    contributors.note(from("a", "m"), 0, added, 64);
    contributors.note(from("a", "n"), 1, added, 64);
    contributors.note(from("b", "n"), 2, added, 64);
    contributors.note(from("b", "o"), 3, { t: "duplicate" }, 64);
    const tilesOf = (computations: string[], nodeIds: string[]) => contributors.tilesOf({ computations, nodeIds });
    expect(tilesOf(["a"], [])).toEqual([0, 1]);
    expect(tilesOf([], ["n"])).toEqual([1, 2]);
    expect(tilesOf(["b"], ["m"])).toEqual([0, 2]);
    expect(tilesOf(["c"], ["o"])).toEqual([]);
  });

  it("a node is barred -> what it sends is refused, what others send is not", () => {
    const contributors = new Contributors();
    contributors.bar(["n"]);
    expect(() => contributors.requireWelcome(from("a", "n"))).toThrow(
      expect.objectContaining({ code: "node-quarantined", place: { node: "n" } }),
    );
    contributors.requireWelcome(from("a", "m"));
    const many = Array.from({ length: limits.nodesMax }, (_, at) => `node ${at}`);
    expect(() => contributors.bar(many)).toThrow(refusal);
  });

  it("a name that is empty or too long is refused", () => {
    const contributors = new Contributors();
    const long = "x".repeat(limits.computationNameCharsMax + 1);
    for (const [computation, nodeId] of [
      ["", "n"],
      [long, "n"],
      ["a", long],
    ] as const) {
      expect(() => contributors.requireWelcome(from(computation, nodeId))).toThrow(refusal);
    }
    contributors.requireWelcome(from("mcrt_i0", ""));
  });

  it("more than contributors may be → refused, those known go on", () => {
    const contributors = new Contributors();
    for (let at = 0; at < limits.contributorsMax; at++) {
      contributors.note(from(`mcrt_i${at}`), 0, { t: "duplicate" }, 1);
    }
    expect(() => contributors.requireWelcome(from("one more"))).toThrow(refusal);
    expect(() => contributors.requireWelcome(from("mcrt_i7", "another node"))).toThrow(refusal);
    contributors.requireWelcome(from("mcrt_i7"));
  });
});
