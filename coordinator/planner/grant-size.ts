// How long a unit should be, how many units a computation should hold and how much one grant brings. All in
// milliseconds: of one thread for units, of the whole computation for grants.
import {
  factoringShare,
  firstGrantMsWanted,
  grantMsWanted,
  levelMsMin,
  pressedShare,
  roundTripMs,
  unitMsMin,
  unitMsWanted,
} from "./settings.ts";

export interface FarmLoad {
  /** How long all threads together still need for what has not been cut yet. */
  restMs: number;
  /** Coarse units or first samples are still missing. */
  firstPictureMissing: boolean;
}

/**
 * Time of the next unit on one thread: shrinks towards the end, so that all threads end together (factoring), and less
 * so where it must be `leastMs` (back-pressure.ts): while the merger is slow, two short units take longer than a long one.
 */
export function unitMs(load: FarmLoad, leastMs = 0): number {
  const wanted = load.firstPictureMissing ? firstGrantMsWanted : unitMsWanted;
  const { restMs } = load;
  return Math.max(unitMsMin, Math.min(wanted, restMs * factoringShare), Math.min(leastMs, restMs * pressedShare));
}

/** Samples of the next unit: at least one; `msPerSample` of one thread for the unit's whole area. */
export function sampleCountWanted(load: FarmLoad, msPerSample: number, leastMs = 0): number {
  return Math.max(1, Math.floor(unitMs(load, leastMs) / msPerSample));
}

/** What a level of samples (cell-queue.ts) must take of one thread for units to end with it. */
export function levelMs(leastMs: number): number {
  return Math.max(levelMsMin, leastMs);
}

export interface Holding {
  readonly threadCount: number;
  readonly unitCount: number;
  /** Predicted time of one thread for all of them. */
  readonly threadMs: number;
}

/** Whether a computation holds too little: one for each thread, one more, and what a round trip takes. */
export function isShort(holding: Holding): boolean {
  const { threadCount, unitCount, threadMs } = holding;
  if (unitCount <= threadCount) return true;
  return threadMs < threadCount * (threadMs / unitCount + roundTripMs);
}

/** What a grant to a computation that is short should bring, in time of one thread. */
export function grantThreadMs(load: FarmLoad, threadCount: number): number {
  const wanted = load.firstPictureMissing ? firstGrantMsWanted : grantMsWanted;
  return threadCount * Math.min(wanted, load.restMs * factoringShare);
}
