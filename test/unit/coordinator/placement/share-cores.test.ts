import { describe, expect, it } from "vitest";
import { shareCores } from "../../../../coordinator/placement/share-cores.ts";

const wish = (minCores: number, maxCores: number | "all", maxThreads?: number) => ({ minCores, maxCores, maxThreads });

describe("cores of a node are shared", () => {
  it.each([
    ["evenly", 8, [wish(1, "all"), wish(1, "all"), wish(1, "all")], [3, 3, 2]],
    ["minimums first", 8, [wish(6, "all"), wish(1, "all")], [6, 2]],
    ["up to a maximum", 8, [wish(1, 2), wish(1, "all")], [2, 6]],
    ["up to maxThreads", 8, [wish(1, "all", 3), wish(1, "all")], [3, 5]],
    ["without those that wait", 4, [wish(0, 0), wish(1, "all")], [1, 4]],
    ["with one that asks for nothing and takes what it gets", 4, [wish(0, "all"), wish(0, "all")], [2, 2]],
    ["minimums beyond the node", 2, [wish(4, 4), wish(4, "all")], [4, 4]],
    ["fractions", 8, [wish(7.5, 7.5), wish(0.5, "all")], [7, 1]],
    ["nobody", 8, [], []],
  ])("%s", (_, cores, wishes, threadCounts) => {
    const shares = shareCores(cores, wishes);
    expect(shares.map(({ threadCount }) => threadCount)).toEqual(threadCounts);
  });

  it("fractions are taken as they are", () => {
    expect(shareCores(8, [wish(7.5, 7.5), wish(0.5, "all")]).map(({ cores }) => cores)).toEqual([7.5, 0.5]);
  });
});
