// A computation whose node is to leave: it gets nothing more, what it has not begun goes back to the plan, what it has
// begun ends, and then its caller may end it without losing anything.
import type { Computation } from "./lease.ts";
import { giveBack } from "./returning.ts";
import type { PlannerState } from "./state.ts";

export function startDraining(state: PlannerState, computation: Computation): void {
  state.draining.add(computation);
  if (computation.isDraining) return;
  computation.isDraining = true;
  state.hungry.delete(computation);
  if (state.isolator === computation) state.isolator = null;
  state.loadAge = Number.POSITIVE_INFINITY;
  state.verification.nodeIds = null;
  const waiting = computation.held.filter((lease) => !lease.isStarted);
  if (waiting.length === 0) return;
  state.effects.push({ t: "cancel", computation: computation.name, units: waiting.map(({ planned }) => planned.unit) });
  for (const lease of waiting) giveBack(state, lease);
}

/** Those that hold nothing any more. */
export function nameDrained(state: PlannerState): void {
  for (const computation of state.draining) {
    if (computation.held.length > 0) continue;
    state.draining.delete(computation);
    state.effects.push({ t: "drained", computation: computation.name });
  }
}
