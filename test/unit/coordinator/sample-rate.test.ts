// Samples a second.
import { describe, expect, it } from "vitest";
import { SampleRate } from "../../../coordinator/sample-rate.ts";

describe("the sample rate", () => {
  it("no time has passed -> 0", () => {
    const rate = new SampleRate();
    expect(rate.perSecond()).toBe(0);
    rate.record(100, 5);
    expect(rate.perSecond()).toBe(0);
    rate.record(100, 9);
    expect(rate.perSecond()).toBe(0);
  });

  it("totals rise evenly -> their slope; they stop -> towards 0 within a few seconds", () => {
    const rate = new SampleRate();
    for (let atMs = 0; atMs <= 10_000; atMs += 200) rate.record(atMs, atMs * 2);
    expect(rate.perSecond()).toBeCloseTo(2000);
    for (let atMs = 10_200; atMs <= 14_000; atMs += 200) rate.record(atMs, 20_000);
    expect(rate.perSecond()).toBe(0);
  });

  it("a total falls, for the film was lost -> never below 0, and measured anew", () => {
    const rate = new SampleRate();
    rate.record(0, 1000);
    rate.record(1000, 2000);
    rate.record(1200, 0);
    expect(rate.perSecond()).toBe(0);
    rate.record(2200, 500);
    expect(rate.perSecond()).toBe(500);
  });
});
