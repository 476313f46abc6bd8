// The planner's progress as watchers get it. Pure.
import { create } from "@bufbuild/protobuf";
import { type Progress as ProgressMessage, ProgressSchema } from "../proto/gen/arras/v1/session_pb.ts";
import type { Progress } from "./planner/progress.ts";

export function progressMessage(progress: Progress, samplesPerSecond: number): ProgressMessage {
  return create(ProgressSchema, {
    sppMean: progress.sppMean,
    budgetSpp: progress.budgetSpp,
    fraction: progress.fraction,
    error: progress.errorRms ?? 0,
    samplesPerSecond,
    computationCount: progress.computationCount,
    remainingMs: BigInt(Math.round(progress.restMs ?? 0)),
    coarseComplete: progress.coarseTileCount === progress.tileCount,
  });
}
