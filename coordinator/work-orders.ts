// What a computation is ordered, as messages. Pure.
import { create } from "@bufbuild/protobuf";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import { AssignmentSchema, CancelUnitsSchema, GrantSchema, type WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import { type Unit, unitToMessage } from "../proto/unit.ts";
import type { MergerAccess } from "./merger-link.ts";
import type { SessionPlan } from "./session-plan.ts";

export function assignmentOrder(
  epoch: number,
  { render, film }: SessionPlan,
  { address, token }: MergerAccess,
): WorkOrder["order"] {
  const fields = { epoch, render, film: filmSpecToMessage(film), mergerAddress: address, mergerToken: token };
  return { case: "assignment", value: create(AssignmentSchema, fields) };
}

export function grantOrder(units: readonly Unit[]): WorkOrder["order"] {
  return { case: "grant", value: create(GrantSchema, { units: units.map(unitToMessage) }) };
}

export function cancelOrder(units: readonly Unit[]): WorkOrder["order"] {
  return { case: "cancel", value: create(CancelUnitsSchema, { units: units.map(unitToMessage) }) };
}
