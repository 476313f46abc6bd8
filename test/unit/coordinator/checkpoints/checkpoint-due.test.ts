import { describe, expect, it } from "vitest";
import { checkpointTiming, isCheckpointDue } from "../../../../coordinator/checkpoints/checkpoint-due.ts";
import { limits } from "../../../../proto/limits.ts";

const timing = { intervalMs: 30_000, spp: 100, gapMs: 5_000 };
const pixelCount = 1000;

const due = (sinceMs: number, spp: number, tookMs = 0) =>
  isCheckpointDue(
    timing,
    { endedAtMs: 10_000, tookMs, pixelSamples: 7 * pixelCount },
    { nowMs: 10_000 + sinceMs, pixelSamples: (7 + spp) * pixelCount, pixelCount },
  );

describe("a checkpoint", () => {
  it("time or samples, whichever is sooner -> due; never without anything new", () => {
    expect([due(29_999, 1), due(30_000, 1), due(30_000, 0), due(1e9, 0)]).toEqual([false, true, false, false]);
    expect([due(10_000, 99), due(10_000, 100)]).toEqual([false, true]);
  });

  it("samples come fast -> not before the gap", () => {
    expect([due(4_999, 5_000), due(5_000, 5_000)]).toEqual([false, true]);
  });

  it("writing takes long -> at most a fifth of the time, whatever the interval", () => {
    expect([due(30_000, 1, 10_000), due(39_999, 1, 10_000), due(40_000, 1, 10_000)]).toEqual([false, false, true]);
  });

  it("the film lost what it had -> by time only", () => {
    expect([due(10_000, -3), due(30_000, -3)]).toEqual([false, true]);
  });

  it("nothing is said -> the limits' times; an interval shorter than the gap -> that; off -> none", () => {
    const { checkpointIntervalMs: intervalMs, checkpointSpp: spp, checkpointGapMs: gapMs } = limits;
    expect(checkpointTiming(undefined)).toEqual({ intervalMs, spp, gapMs });
    const policy = { $typeName: "arras.v1.CheckpointPolicy" as const, intervalMs: 200, spp: 0, off: false };
    expect(checkpointTiming(policy)).toEqual({ intervalMs: 200, spp, gapMs: 200 });
    expect(checkpointTiming({ ...policy, spp: 7, intervalMs: 60_000 })).toEqual({ intervalMs: 60_000, spp: 7, gapMs });
    expect(checkpointTiming({ ...policy, off: true })).toBeUndefined();
  });
});
