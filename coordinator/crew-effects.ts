// What the planner decides that concerns one computation alone, carried out on the crew.
import type { Crew } from "./crew.ts";
import type { PlannerEffect } from "./planner/events.ts";
import { stuckError } from "./stuck-error.ts";
import { cancelOrder, grantOrder } from "./work-orders.ts";

export type CrewEffect = Extract<PlannerEffect, { readonly computation: string }>;

export function performOnCrew(effect: CrewEffect, crew: Pick<Crew, "send" | "replace" | "move">): void {
  const { computation } = effect;
  switch (effect.t) {
    case "grant":
      crew.send(computation, grantOrder(effect.units));
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
