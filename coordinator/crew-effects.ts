// What the planner decides that concerns one computation alone, carried out on the crew.
import type { Crew } from "./crew.ts";
import type { PlannerEffect } from "./planner/events.ts";
import { stuckError } from "./stuck-error.ts";
import { cancelOrder, grantOrder, verifyOrder } from "./work-orders.ts";

export type CrewEffect = Extract<PlannerEffect, { readonly computation: string }>;
/** Those of nodes are not the crew's business. */
type NodeEffect = Extract<PlannerEffect, { readonly t: "wrong" | "undecided" }>;

export function performOnCrew(effect: CrewEffect | NodeEffect, crew: Pick<Crew, "send" | "replace" | "move">): void {
  if (!("computation" in effect)) return;
  const { computation } = effect;
  switch (effect.t) {
    case "grant":
      crew.send(computation, grantOrder(effect.units));
      break;
    case "verify":
      crew.send(computation, verifyOrder(effect.units));
      break;
    case "cancel":
      crew.send(computation, cancelOrder(effect.units));
      break;
    case "stuck":
      crew.replace(computation, stuckError(computation, effect.unit, effect.runningMs));
      break;
    case "drained":
      crew.move(computation);
      break;
  }
}
