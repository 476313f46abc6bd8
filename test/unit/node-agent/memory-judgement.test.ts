import { expect, it } from "vitest";
import { judgeMemory } from "../../../node-agent/memory-judgement.ts";

const group = { residentBytes: 500, swappedBytes: 0, chargedPeakBytes: 900, isKilled: false };

it("nothing is known -> no judgement", () => {
  expect(judgeMemory(100, undefined, undefined)).toBeUndefined();
});

it("there is no group -> the resident set decides, its peak included", () => {
  expect(judgeMemory(100, undefined, { residentBytes: 50, peakBytes: 101 })?.isOver).toBe(true);
  expect(judgeMemory(100, undefined, { residentBytes: 50, peakBytes: 100 })?.isOver).toBe(false);
});

it("a group is under its limit and the process's set with shared libraries is over it -> it lives", () => {
  expect(judgeMemory(600, group, { residentBytes: 650, peakBytes: 700 })).toEqual({
    residentBytes: 500,
    peakBytes: 700,
    isOver: false,
  });
});

it("the process's peak with shared libraries is more than was ever charged -> what was charged, at most the limit", () => {
  expect(judgeMemory(1000, group, { residentBytes: 650, peakBytes: 990 })).toMatchObject({ peakBytes: 900 });
  const older = { ...group, chargedPeakBytes: undefined };
  expect(judgeMemory(800, older, { residentBytes: 650, peakBytes: 990 })).toMatchObject({ peakBytes: 800 });
});

it("children hold more than the process -> the group's sum is the peak, without caches", () => {
  expect(judgeMemory(1000, group, { residentBytes: 50, peakBytes: 60 })).toMatchObject({ peakBytes: 500 });
});

it("the kernel ended it -> over, with the kernel's peak, or the limit where the kernel does not say", () => {
  expect(judgeMemory(900, { ...group, isKilled: true }, undefined)).toMatchObject({ isOver: true, peakBytes: 900 });
  const older = { residentBytes: 0, swappedBytes: 0, chargedPeakBytes: undefined, isKilled: true };
  expect(judgeMemory(900, older, undefined)).toMatchObject({ isOver: true, peakBytes: 900 });
});

it("a group that the kernel did not keep out of swap -> what is there counts, and is over with the rest", () => {
  expect(judgeMemory(600, { ...group, swappedBytes: 100 }, undefined)).toMatchObject({ isOver: false, peakBytes: 600 });
  expect(judgeMemory(600, { ...group, swappedBytes: 101 }, undefined)).toEqual({
    residentBytes: 601,
    peakBytes: 601,
    isOver: true,
  });
  expect(judgeMemory(499, group, undefined)?.isOver).toBe(false);
});
