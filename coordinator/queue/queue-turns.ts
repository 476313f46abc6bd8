// Whose turn it is in the farm's queue, and why it is not the others'. Pure: the shared places and the present nodes in,
// a verdict for each waiting session out; whoever owns a session acts on its verdict, and the write decides.
import type { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { type Placement, placeSession } from "../placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "../placement/placement-request.ts";
import { ledgerOf, type Places, type WaitingSession } from "../placement/places.ts";
import type { ReservationLedger } from "../placement/reservations.ts";
import { queueOrder } from "./queue-order.ts";

export interface QueueContext {
  readonly nodes: readonly PlacementNode[];
  /** It has waited for longer than others may pass it (limits.queuePassedMsMax), by this coordinator's clock. */
  isPassedEnough(sessionId: string): boolean;
  /** It could have gone for long and does not: its owner is away, and no room is kept for it. */
  isStalled(sessionId: string): boolean;
}

export type Verdict =
  | { readonly t: "goes"; readonly placements: readonly Placement[]; readonly notes: readonly string[] }
  /** There is no room for it. `everFits`: there would be, without any other session. */
  | { readonly t: "blocked"; readonly error: ArrasError; readonly everFits: boolean }
  /** Another that was passed for long is ahead, and nobody passes it any more. */
  | { readonly t: "held"; readonly ahead: string }
  /** So many are ahead that it was not looked at. */
  | { readonly t: "far" };

export interface Turn {
  readonly session: WaitingSession;
  /** From 1. */
  readonly position: number;
  readonly verdict: Verdict;
}

/**
 * In the queue's order. Who does not fit is passed by those behind that do, which may delay it: until it has waited
 * for limits.queuePassedMsMax, and then no longer. Who would not fit on the present nodes even alone holds nobody up.
 */
export function queueTurns(places: Places, context: QueueContext): Turn[] {
  const ledger = ledgerOf(places);
  let ahead: string | undefined;
  const order = queueOrder(places);
  return order.map((session, index) => {
    const turn = (verdict: Verdict): Turn => ({ session, position: index + 1, verdict });
    if (index >= limits.queueLookAheadMax) return turn({ t: "far" });
    if (ahead !== undefined) return turn({ t: "held", ahead });
    const { sessionId } = session;
    const verdict = tryToPlace(startRequest(session, order.length), context.nodes, ledger);
    if (verdict.t === "goes" && !context.isStalled(sessionId)) {
      ledger.reserve(
        verdict.placements.map(({ reservation }) => reservation),
        context.nodes,
      );
    }
    if (verdict.t === "blocked" && verdict.everFits && context.isPassedEnough(sessionId)) ahead = sessionId;
    return turn(verdict);
  });
}

/** Beyond its minimum a session grows only when nobody else waits. */
function startRequest({ request }: WaitingSession, waitingCount: number): PlacementRequest {
  return waitingCount > 1 ? { ...request, growth: [] } : request;
}

function tryToPlace(request: PlacementRequest, nodes: readonly PlacementNode[], ledger: ReservationLedger): Verdict {
  const outcome = placeSession(request, nodes, ledger);
  if (outcome.t === "placed") return { t: "goes", placements: outcome.placements, notes: outcome.notes };
  return { t: "blocked", error: outcome.error, everFits: outcome.everFits };
}
