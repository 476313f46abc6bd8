// Suspects run alone on their computation, so that the next crash blames nobody else. One computation at a time is
// emptied for that, while the others go on.
import { type Computation, type PlannedUnit, removeFrom } from "./lease.ts";
import type { PlannerState } from "./state.ts";
import { touches } from "./suspects.ts";

export type Isolation =
  /** It gets ordinary work. */
  | { readonly t: "none" }
  /** It gets nothing until it is empty. */
  | { readonly t: "drain" }
  | { readonly t: "suspect"; readonly planned: PlannedUnit };

export function suspectFor(state: PlannerState, computation: Computation, hasInnocentWork: boolean): Isolation {
  const planned = nextSuspect(state);
  if (!planned) {
    state.isolator = null;
    return { t: "none" };
  }
  // One that has just been started again first shows with an innocent unit that it works: otherwise a few crashes in a
  // row would look like a computation that cannot run at all.
  const isReady = computation.finishedCount > 0 || !hasInnocentWork;
  const mayTake = planned.lastFailedOn !== computation.name || state.crew.size === 1;
  if (!isReady || !mayTake) {
    if (state.isolator === computation) state.isolator = null;
    return { t: "none" };
  }
  if (
    computation.held.length === 0 &&
    (state.isolator === null || state.isolator === computation || !hasInnocentWork)
  ) {
    state.isolator ??= computation;
    removeFrom(state.suspects, planned);
    return { t: "suspect", planned };
  }
  if (state.isolator === null) state.isolator = computation;
  return state.isolator === computation ? { t: "drain" } : { t: "none" };
}

/** The one with the earliest samples, since a hole found there takes the later ones along; of equals the newest cut. */
function nextSuspect(state: PlannerState): PlannedUnit | undefined {
  if (state.suspects.length === 0) return undefined;
  state.suspects = state.suspects.filter((planned) => planned.place === "queued");
  let next: PlannedUnit | undefined;
  for (const planned of state.suspects) {
    if (next && planned.unit.sampleBegin > next.unit.sampleBegin) continue;
    if (!waitsForEarlier(planned)) next = planned;
  }
  return next;
}

/**
 * While earlier samples of its pixels are tried, on a slow node perhaps, others would narrow the later ones down, crash
 * by crash, to a hole that the earlier ones' replaces.
 */
function waitsForEarlier({ tile, unit }: PlannedUnit): boolean {
  return tile.outstanding.some(
    (other) =>
      other.crashCount > 0 &&
      other.place === "out" &&
      other.unit.sampleBegin < unit.sampleBegin &&
      touches(other.unit.rect, unit.rect),
  );
}
