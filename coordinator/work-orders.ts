// What a computation is ordered, as messages. Pure.
import { create } from "@bufbuild/protobuf";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import { AssignmentSchema, CancelUnitsSchema, GrantSchema, type WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import { type Unit, unitToMessage } from "../proto/unit.ts";
import type { MergerAccess } from "./merger-link.ts";
import type { SceneEpoch } from "./scene-epoch.ts";
import type { SessionPlan } from "./session-plan.ts";

export function assignmentOrder(
  { number: epoch, edited: { edits } }: SceneEpoch,
  { render, film, base }: SessionPlan,
  { address, token }: Pick<MergerAccess, "address" | "token">,
): WorkOrder["order"] {
  const merger = { mergerAddress: address, mergerToken: token };
  const verifyShare = base.spec?.verifyShare ?? 0;
  const fields = { epoch, render, film: filmSpecToMessage(film), edits, ...merger, verifyShare };
  return { case: "assignment", value: create(AssignmentSchema, fields) };
}

export function grantOrder(units: readonly Unit[]): WorkOrder["order"] {
  return { case: "grant", value: create(GrantSchema, { units: units.map(unitToMessage) }) };
}

/** To be rendered, and not contributed. */
export function verifyOrder(units: readonly Unit[]): WorkOrder["order"] {
  return { case: "grant", value: create(GrantSchema, { verifyUnits: units.map(unitToMessage) }) };
}

export function cancelOrder(units: readonly Unit[]): WorkOrder["order"] {
  return { case: "cancel", value: create(CancelUnitsSchema, { units: units.map(unitToMessage) }) };
}
