// How long a computation's units must be so that its threads need not wait for the merger. What a contribution costs to
// send and to add does not depend on how many samples are in it, so longer units bring the same samples in fewer of
// them. Each computation by its own waits: a slow merger presses all of them, a slow link the one behind it. Pure.
import {
  calmShrink,
  pressedGrowthMax,
  pressedMargin,
  unitMsMax,
  unitMsMin,
  waitShareCalm,
  waitShareMax,
} from "./settings.ts";

/** Owned by the computation's record. */
export interface BackPressure {
  /** Its units are to take a thread at least so long; 0: as long as is wanted otherwise. */
  leastMs: number;
  /** Units to come that were granted before `leastMs` changed: they say nothing about it. */
  staleCount: number;
  /** Sums over the units since then. */
  unitCount: number;
  renderMs: number;
  waitedMs: number;
}

export function noPressure(): BackPressure {
  return { leastMs: 0, staleCount: 0, unitCount: 0, renderMs: 0, waitedMs: 0 };
}

export interface Measured {
  /** Of one thread: in the renderer, and then until the merger took contributions again. */
  readonly renderMs: number;
  readonly waitedMs: number;
}

/** Fewer say little about a computation of one thread. */
const roundUnitCountMin = 4;

/** Learns from one unit; ignores times that cannot be. Changes `pressure`, at most once for each unit of each thread. */
export function takeMeasured(
  pressure: BackPressure,
  { renderMs, waitedMs }: Measured,
  { threadCount, heldCount }: { readonly threadCount: number; readonly heldCount: number },
): void {
  if (!(renderMs > 0 && waitedMs >= 0) || !Number.isFinite(renderMs + waitedMs)) return;
  if (pressure.staleCount > 0) {
    pressure.staleCount--;
    return;
  }
  pressure.unitCount++;
  pressure.renderMs += renderMs;
  pressure.waitedMs += waitedMs;
  if (pressure.unitCount < Math.max(roundUnitCountMin, threadCount)) return;
  const leastMs = nextLeastMs(pressure);
  const isChanged = leastMs !== pressure.leastMs;
  Object.assign(pressure, noPressure(), { leastMs, staleCount: isChanged ? heldCount : 0 });
}

/**
 * Where all threads wait, the merger takes one contribution of each in the time of a unit and its wait, however that is
 * shared between the two: units of that length need not wait. One stall (a merger that is started again) doubles them at
 * most.
 */
function nextLeastMs({ leastMs, unitCount, renderMs, waitedMs }: BackPressure): number {
  const cycleMs = (renderMs + waitedMs) / unitCount;
  const waitShare = waitedMs / (renderMs + waitedMs);
  if (waitShare > waitShareMax) {
    const neededMs = Math.min(cycleMs * pressedMargin, (pressedGrowthMax * renderMs) / unitCount, unitMsMax);
    return Math.max(leastMs, neededMs);
  }
  if (waitShare >= waitShareCalm) return leastMs;
  const shorterMs = leastMs * calmShrink;
  return shorterMs < unitMsMin ? 0 : shorterMs;
}

/** For units that any of them may get. */
export function leastMsOfAny(computations: Iterable<{ readonly pressure: BackPressure }>): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (const { pressure } of computations) leastMs = Math.min(leastMs, pressure.leastMs);
  return leastMs === Number.POSITIVE_INFINITY ? 0 : leastMs;
}
