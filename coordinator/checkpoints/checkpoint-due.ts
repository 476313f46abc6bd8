// When a film is to be written to the object store. Pure.
import type { CheckpointPolicy } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";

export interface CheckpointTiming {
  readonly intervalMs: number;
  readonly spp: number;
  /** Between two that samples bring about. */
  readonly gapMs: number;
}

/** Of the latest writing, whether it succeeded or not; or of the moment at which the film began. */
export interface LatestCheckpoint {
  readonly endedAtMs: number;
  readonly tookMs: number;
  /** In the film when it began. */
  readonly pixelSamples: number;
}

/** Writing takes at most this share of the time, however large the film is and however slow its store. */
const writingShareMax = 0.2;

/** undefined: none are to be written. */
export function checkpointTiming(policy: CheckpointPolicy | undefined): CheckpointTiming | undefined {
  if (policy?.off === true) return undefined;
  const intervalMs = policy?.intervalMs || limits.checkpointIntervalMs;
  return { intervalMs, spp: policy?.spp || limits.checkpointSpp, gapMs: Math.min(intervalMs, limits.checkpointGapMs) };
}

export function isCheckpointDue(
  timing: CheckpointTiming,
  latest: LatestCheckpoint,
  { nowMs, pixelSamples, pixelCount }: { nowMs: number; pixelSamples: number; pixelCount: number },
): boolean {
  const sinceMs = nowMs - latest.endedAtMs;
  if (pixelSamples === latest.pixelSamples || sinceMs < latest.tookMs * (1 / writingShareMax - 1)) return false;
  if (sinceMs >= timing.intervalMs) return true;
  return sinceMs >= timing.gapMs && pixelSamples - latest.pixelSamples >= timing.spp * pixelCount;
}
