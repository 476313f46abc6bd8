// What computations report, as the planner is told it. Pure.
import type { ArrasError, RetryClass } from "../proto/errors.ts";
import type { UnitDone, UnitStarted } from "../proto/gen/arras/v1/budget_pb.ts";
import { type Unit, unitFromMessage } from "../proto/unit.ts";
import type { PlannerEvent } from "./planner/events.ts";

/** Throws `message-malformed`. */
export function startedEvent(computation: string, { unit, next }: UnitStarted): PlannerEvent {
  const announced = next === undefined ? {} : { next: unitFromMessage(next) };
  return { t: "started", computation, unit: unitFromMessage(unit), ...announced };
}

/** A unit that was contributed, or one that was only rendered to be compared. */
export function doneEvent(
  computation: string,
  unit: Unit,
  { renderMs, waitedMs, sumsSha256, verifying }: Pick<UnitDone, "renderMs" | "waitedMs" | "sumsSha256" | "verifying">,
): PlannerEvent {
  const sums = Buffer.from(sumsSha256).toString("hex");
  if (verifying) return { t: "verified", computation, unit, renderMs, sums };
  const done = { t: "done", computation, unit, renderMs, waitedMs } as const;
  return sums === "" ? done : { ...done, sums };
}

/** A unit that failed where its computation lives on. */
export function failedEvent(computation: string, unit: Unit, error: ArrasError): PlannerEvent {
  if (error.code === "contribution-overlaps") return { t: "refused", computation, unit };
  return { t: "failed", computation, unit, retry: unitRetry(error), reason: error.toString() };
}

/** Sums that the merger cannot read are the sender's fault, not the unit's: another computation may do better. */
function unitRetry(error: ArrasError): RetryClass {
  return error.code === "message-malformed" ? "other-node" : error.retry;
}
