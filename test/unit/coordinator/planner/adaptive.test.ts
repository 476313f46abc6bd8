// Decision counts and verdicts.
import { describe, expect, it } from "vitest";
import { decisionCountFrom, verdictAt } from "../../../../coordinator/planner/adaptive.ts";

const rule = { targetError: 0.1, minSpp: 12 };

describe("adaptive rule", () => {
  it.each([
    [0, 12],
    [12, 12],
    [13, 24],
    [24, 24],
    [100, 192],
  ])("%d samples are there -> the next decision is at %d", (spp, expected) => {
    expect(decisionCountFrom(rule, spp)).toBe(expected);
  });

  it.each([
    [undefined, { t: "wait" }],
    [0, { t: "converged" }],
    [0.1, { t: "converged" }],
    [0.1001, { t: "continue", decisionSpp: 48 }],
    [Number.NaN, { t: "continue", decisionSpp: 48 }],
    [Number.POSITIVE_INFINITY, { t: "continue", decisionSpp: 48 }],
  ])("error %s at 24 samples -> verdict", (error, expected) => {
    expect(verdictAt(rule, 24, error)).toEqual(expected);
  });
});
