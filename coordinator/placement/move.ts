// Another place for one computation of a session that runs: its node went, refused it, or had not the memory that it
// turned out to need. Pure: places and nodes in, changed places and the new place out.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { ExpandedComputation } from "../session-definition/expand.ts";
import { nodeLoads } from "./node-fit.ts";
import { forItsKind } from "./one-kind.ts";
import { type Placement, placementsOf, placeSession } from "./placement.ts";
import type { PlacementNode, PlacementRequest } from "./placement-request.ts";
import { ledgerOf, type Places, withReservations } from "./places.ts";

export type MoveReason =
  /** It is to be started again: where it was, while that node stays. */
  | "again"
  /** Its node says that it has not the room that was promised, and is believed. */
  | "refused"
  /** It was ended over its limit, and is to get more. */
  | "memory";

export interface Move {
  readonly sessionId: string;
  readonly computation: string;
  /** What it has, which may be more than the definition says. */
  readonly memoryMB: number;
  /** Where it was. */
  readonly nodeId: string;
  readonly reason: MoveReason;
}

/**
 * Throws `session-missing` when the session has no places any more, `resources-insufficient` when there is none for it
 * now: then it keeps what it has.
 */
export function moveComputation(
  places: Places,
  move: Move,
  request: PlacementRequest,
  nodes: readonly PlacementNode[],
): { readonly places: Places; readonly result: Placement } {
  const { sessionId, nodeId, reason } = move;
  const asked = [...request.computations, ...(request.growth ?? [])].find(({ name }) => name === move.computation);
  const session = places.placed.get(sessionId);
  if (asked === undefined || session === undefined) throw ended(sessionId);
  const computation = { ...asked, memoryMB: move.memoryMB };
  const held = session.reservations.filter((each) => each.computation === computation.name);
  const others = session.reservations.filter((each) => each.computation !== computation.name);
  const single = { ...forItsKind(request, nodes, others), computations: [computation], growth: [] };
  const [present] = placementsOf(single, held);
  // Placed anew by a write whose answer got lost, or not at all yet.
  const isElsewhere =
    present !== undefined && (reason === "memory" ? present.memoryMB > move.memoryMB : present.nodeId !== nodeId);
  const stays = nodes.some(({ id, closed }) => id === present?.nodeId && closed !== true);
  if (present !== undefined && stays && (reason === "again" || isElsewhere)) return { places, result: present };
  const ledger = ledgerOf(places);
  ledger.release(sessionId, computation.name);
  const wanted = reason === "refused" ? nodes.filter(({ id }) => id !== nodeId) : nodes;
  const outcome =
    reason === "memory" ? placeWithMore(single, computation, wanted, ledger) : placeSession(single, wanted, ledger);
  if (outcome.t === "refused") throw outcome.error;
  const placement = outcome.placements[0] as Placement;
  return { places: withReservations(places, sessionId, [placement.reservation]), result: placement };
}

/** With as much as limits.memoryRetryFactorMax allows, where most is free. */
function placeWithMore(
  request: PlacementRequest,
  computation: ExpandedComputation,
  nodes: readonly PlacementNode[],
  ledger: ReturnType<typeof ledgerOf>,
): ReturnType<typeof placeSession> {
  const leastMB = Math.ceil(computation.memoryMB * limits.memoryRetryFactorMin);
  const mostMB = Math.floor(computation.memoryMB * limits.memoryRetryFactorMax);
  const withMemory = (memoryMB: number) => ({ ...request, computations: [{ ...computation, memoryMB }] });
  const roomiest = nodeLoads(nodes, ledger).sort((a, b) => b.freeMemoryMB - a.freeMemoryMB);
  for (const { node, freeMemoryMB } of roomiest) {
    if (freeMemoryMB < leastMB) break;
    const outcome = placeSession(withMemory(Math.min(mostMB, Math.floor(freeMemoryMB))), [node], ledger);
    if (outcome.t === "placed") return outcome;
  }
  return placeSession(withMemory(leastMB), nodes, ledger);
}

function ended(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: "Its session has ended",
    action: "Nothing is to be started.",
    place: { session: sessionId },
  });
}
