// A session's place in the queue, in words: what is missing, and what would help. Pure.
import { create } from "@bufbuild/protobuf";
import { type QueuePlace, QueuePlaceSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { placeSession } from "../placement/placement.ts";
import type { PlacementNode } from "../placement/placement-request.ts";
import { ledgerOf, type Places } from "../placement/places.ts";
import type { Turn } from "./queue-turns.ts";

export function queuePlace(turn: Turn, places: Places, nodes: readonly PlacementNode[]): QueuePlace {
  const { position } = turn;
  return create(QueuePlaceSchema, { position, waitingCount: places.waiting.size, ...words(turn, places, nodes) });
}

function words(
  { session, position, verdict }: Turn,
  places: Places,
  nodes: readonly PlacementNode[],
): { readonly reason: string; readonly unblocks: string } {
  switch (verdict.t) {
    case "goes":
      return { reason: "There is room now", unblocks: "its start" };
    case "held": {
      const reason = `Session ${verdict.ahead} is ahead and has waited too long to be passed`;
      return { reason, unblocks: `session ${verdict.ahead} to start` };
    }
    case "far":
      return { reason: `${position - 1} sessions are ahead`, unblocks: "sessions ahead to start" };
    case "blocked": {
      const { error, everFits } = verdict;
      const reason = error.message;
      if (nodes.length === 0) return { reason, unblocks: "a node" };
      // Nothing that runs here will end the wait, so whoever waits must know what he can change.
      if (!everFits) return { reason, unblocks: `a node that has it. ${error.action}` };
      return { reason, unblocks: `${endOf(session.sessionId, places, nodes)}, or a node` };
    }
  }
}

/** The one session whose end would be enough, those that came first tried first; or several of them. */
function endOf(sessionId: string, places: Places, nodes: readonly PlacementNode[]): string {
  const request = places.waiting.get(sessionId)?.request;
  if (request === undefined) return "sessions to end";
  const ledger = ledgerOf(places);
  const fits = () => placeSession({ ...request, growth: [] }, nodes, ledger).t === "placed";
  if (fits()) return "sessions ahead to start and end";
  for (const running of [...places.placed.values()].slice(0, limits.queueUnblockersTriedMax)) {
    ledger.releaseSession(running.sessionId);
    if (fits()) return `session ${running.sessionId} to end`;
    for (const reservation of running.reservations) ledger.restore(reservation);
  }
  return "several sessions to end";
}
