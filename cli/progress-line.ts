// Progress as one line of text. Pure.
import type { Progress, QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";

export interface ProgressContext {
  readonly budgetSpp: number;
}

export function progressLine(progress: Progress, { budgetSpp }: ProgressContext): string {
  const parts = [
    `${sppText(progress.sppMean)}/${budgetSpp} spp`,
    `${Math.floor(progress.fraction * 100)}%`,
    ...(progress.error > 0 ? [`error ${progress.error.toFixed(4)}`] : []),
    `${countText(progress.samplesPerSecond)} samples/s`,
    `${progress.computationCount} computation${progress.computationCount === 1 ? "" : "s"}`,
    ...(progress.remainingMs > 0n ? [`ETA ${durationText(Number(progress.remainingMs))}`] : []),
  ];
  return parts.join(" · ");
}

/**
 * `queued 2 of 5: no node has 8 cores free for mcrt_i0; waits for session X to end, or a node`; `without a place: …` of
 * one that had places.
 */
export function queueLine({ position, waitingCount, reason, unblocks }: QueuePlace): string {
  const where = position === 0 ? "without a place" : `queued ${position} of ${waitingCount}`;
  return `${where}: ${reason.slice(0, 1).toLowerCase()}${reason.slice(1)}; waits for ${unblocks}`;
}

function sppText(spp: number): string {
  return spp >= 10 || Number.isInteger(spp) ? spp.toFixed(0) : spp.toFixed(1);
}

/** 950, 12.3k, 4.5M. */
export function countText(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)}M`;
  if (count >= 1e3) return `${(count / 1e3).toFixed(1)}k`;
  return count.toFixed(0);
}

/** 0:07, 12:03, 1:02:03. */
export function durationText(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
