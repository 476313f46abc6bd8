// How long units are and how much a computation holds.
import { describe, expect, it } from "vitest";
import {
  grantThreadMs,
  isShort,
  levelMs,
  sampleCountWanted,
  unitMs,
} from "../../../../coordinator/planner/grant-size.ts";

const middle = { restMs: 60_000, firstPictureMissing: false };

describe("unit length", () => {
  it.each([
    [60_000, false, 1000],
    [60_000, true, 20],
    [100, false, 50],
    [20, false, 10],
    [1, false, 4],
    [0, false, 4],
  ])("%d ms left, first picture missing: %s -> %d ms", (restMs, firstPictureMissing, expected) => {
    expect(unitMs({ restMs, firstPictureMissing })).toBe(expected);
  });

  it.each([
    ["longer than is wanted", 60_000, 2000, 2000],
    ["shorter than is wanted", 60_000, 100, 1000],
    ["four times what is left for each thread", 100, 1000, 400],
    ["longer than factoring's share", 600, 400, 400],
  ])("at least %s, %d ms left, for the merger's sake -> %d ms are %d ms", (_, restMs, leastMs, expected) => {
    expect(unitMs({ restMs, firstPictureMissing: false }, leastMs)).toBe(expected);
  });

  it("a level of samples -> units end with one of 50 ms, where they must be longer with one as long", () => {
    expect([levelMs(0), levelMs(1000)]).toEqual([50, 1000]);
  });

  it.each([
    [5, 200],
    [100, 10],
    [1000, 1],
    [2000, 1],
    [0.001, 1_000_000],
  ])("%d ms for a sample -> %d samples, never none", (msPerSample, expected) => {
    expect(sampleCountWanted(middle, msPerSample)).toBe(expected);
  });
});

describe("what a computation holds", () => {
  it.each([
    ["nothing", 4, 0, 0, true],
    ["one for each thread", 4, 4, 400, true],
    ["one more, of 100 ms", 4, 5, 500, false],
    ["one more, of 5 ms: a round trip lasts longer", 4, 5, 25, true],
    ["25 of 5 ms", 4, 25, 125, false],
  ])("%s -> short or not", (_, threadCount, unitCount, threadMs, expected) => {
    expect(isShort({ threadCount, unitCount, threadMs })).toBe(expected);
  });

  it("a grant -> 50 ms of all threads, 20 while the first picture is missing, less at the end", () => {
    expect(grantThreadMs(middle, 8)).toBe(400);
    expect(grantThreadMs({ ...middle, firstPictureMissing: true }, 8)).toBe(160);
    expect(grantThreadMs({ ...middle, restMs: 10 }, 8)).toBe(40);
  });
});
