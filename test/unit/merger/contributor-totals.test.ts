import { describe, expect, it } from "vitest";
import { ContributorTotals } from "../../../merger/contributor-totals.ts";
import { limits } from "../../../proto/limits.ts";

const from = (computation: string) => ({ computation, clampedCount: 2, nonFiniteCount: 1 });
const refusal = expect.objectContaining({ code: "message-malformed" });

describe("contributor totals", () => {
  it("stale and coarse units count for nobody", () => {
    const totals = new ContributorTotals();
    totals.note(from("a"), { t: "stale" }, 64);
    totals.note(from("a"), { t: "coarse" }, 64);
    expect(totals.list()).toEqual([]);
  });

  it("samples that were clamped or had no value count with the contribution that was added, not with its copies", () => {
    const totals = new ContributorTotals();
    totals.note(from("a"), { t: "added", sampleCount: 1 }, 64);
    totals.note(from("a"), { t: "duplicate" }, 64);
    expect(totals.list()).toMatchObject([{ clampedCount: 2, nonFiniteCount: 1, duplicateCount: 1 }]);
  });

  it("a name that is empty or too long is refused", () => {
    const totals = new ContributorTotals();
    expect(() => totals.requireKnowable("")).toThrow(refusal);
    expect(() => totals.requireKnowable("x".repeat(limits.computationNameCharsMax + 1))).toThrow(refusal);
    totals.requireKnowable("mcrt_i0");
  });

  it("more names than computations may be → refused, those known go on", () => {
    const totals = new ContributorTotals();
    for (let at = 0; at < limits.mcrtCountMax; at++) totals.note(from(`mcrt_i${at}`), { t: "duplicate" }, 1);
    expect(() => totals.requireKnowable("one more")).toThrow(refusal);
    totals.requireKnowable("mcrt_i7");
  });
});
