// What of a farm a caller may see. Pure.
import { type Caller, hasRight, mayTouch } from "../../host/door/caller.ts";
import type { NodeRow, SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { FarmView } from "./farm-view.ts";

/** Those that the caller may touch; for another the rest is not there. */
export function visibleSessions(farm: FarmView, caller: Caller): SessionRow[] {
  return farm.sessions().filter(({ user }) => mayTouch(caller, user));
}

/** Everybody sees the machines; what runs there only who may touch it. */
export function visibleNodes(farm: FarmView, caller: Caller): NodeRow[] {
  if (hasRight(caller, "operate")) return [...farm.nodes()];
  const visible = new Set(visibleSessions(farm, caller).map(({ sessionId }) => sessionId));
  return farm.nodes().map((node) => ({
    ...node,
    computations: node.computations.filter(({ sessionId }) => visible.has(sessionId)),
  }));
}
