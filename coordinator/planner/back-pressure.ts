// How long a computation's units must be so that its threads need not wait for the merger. What a contribution costs to
// send and to add does not depend on how many samples are in it, so longer units bring the same samples in fewer of
// them. Each computation by its own waits: a slow merger presses all of them, a slow link the one behind it. Pure.
import {
  calmShrink,
  pressedGrowthMax,
  pressedMargin,
  relievedMargin,
  relievedUnitCount,
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
  calm: Calm;
}

/** Sums over the last units, while none of them waited, whenever they were granted. */
interface Calm {
  readonly unitCount: number;
  readonly answerMs: number;
}

const noCalm: Calm = { unitCount: 0, answerMs: 0 };

export function noPressure(): BackPressure {
  return { leastMs: 0, staleCount: 0, unitCount: 0, renderMs: 0, waitedMs: 0, calm: noCalm };
}

export interface Measured {
  /** Of one thread: in the renderer, and then until the merger took contributions again. */
  readonly renderMs: number;
  readonly waitedMs: number;
  /** From there until the merger's answer is known here; null: not known. */
  readonly answerMs?: number | null;
}

export interface Pressed {
  readonly threadCount: number;
  /** Units that it holds. */
  readonly heldCount: number;
  /** Threads of all computations: they may all press the same merger. */
  allThreadCount(): number;
}

/** Fewer say little about a computation of one thread. */
const roundUnitCountMin = 4;

/** Learns from one unit; ignores times that cannot be. Changes `pressure`, at most once for each unit of each thread. */
export function takeMeasured(
  pressure: BackPressure,
  { renderMs, waitedMs, answerMs = null }: Measured,
  { threadCount, heldCount, allThreadCount }: Pressed,
): void {
  if (!(renderMs > 0 && waitedMs >= 0) || !Number.isFinite(renderMs + waitedMs)) return;
  const isCalm = waitedMs < waitShareCalm * (renderMs + waitedMs);
  const enoughMs = relievedMs(pressure, isCalm ? answerMs : null, allThreadCount);
  if (enoughMs < pressure.leastMs * calmShrink) {
    Object.assign(pressure, noPressure(), { leastMs: enoughMs < unitMsMin ? 0 : enoughMs, staleCount: heldCount });
    return;
  }
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
  const { calm } = pressure;
  Object.assign(pressure, noPressure(), { leastMs, staleCount: isChanged ? heldCount : 0, calm });
}

/**
 * Units of this length would not wait either, by how soon the merger answers; infinite: that is not known. An answer takes
 * at least what the merger needs for one contribution, so all threads together bring it no more than it can take while
 * each unit is as long as their number times that. Long answers, of a merger that is only just fast enough, say nothing.
 */
function relievedMs(pressure: BackPressure, answerMs: number | null, allThreadCount: () => number): number {
  const { calm } = pressure;
  pressure.calm = noCalm;
  if (pressure.leastMs === 0 || answerMs === null || !(answerMs >= 0)) return Number.POSITIVE_INFINITY;
  const now = { unitCount: calm.unitCount + 1, answerMs: calm.answerMs + answerMs };
  if (now.unitCount >= relievedUnitCount) return relievedMargin * allThreadCount() * (now.answerMs / now.unitCount);
  pressure.calm = now;
  return Number.POSITIVE_INFINITY;
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
