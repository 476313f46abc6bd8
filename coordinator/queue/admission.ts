// Changes of the shared places that let sessions in: at once, into the queue, and from there to their places. Pure; each
// recognises when it was made already, for a write's answer may get lost.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { type Placement, placementsOf } from "../placement/placement.ts";
import type { PlacementRequest } from "../placement/placement-request.ts";
import { type Places, withPlaced, withWaiting } from "../placement/places.ts";
import { type QueueContext, queueTurns, type Turn } from "./queue-turns.ts";

export interface Arrival {
  readonly sessionId: string;
  /** Empty: nobody in particular. */
  readonly user: string;
  readonly priority: number;
  readonly request: PlacementRequest;
  /** Whether it may stand in the queue; otherwise it is refused where it cannot go at once. */
  readonly mayWait: boolean;
}

export interface Start {
  readonly sessionId: string;
  readonly placements: readonly Placement[];
  /** What is other than asked, for people. */
  readonly notes: readonly string[];
}

export type Admission = { readonly t: "placed"; readonly start: Start } | { readonly t: "queued" };

/** Throws `resources-insufficient` for one that may not wait, `limit-exceeded` where the queue is full. */
export function admit(
  places: Places,
  arrival: Arrival,
  context: QueueContext,
): { readonly places: Places; readonly result: Admission } {
  const { sessionId, user, priority, request, mayWait } = arrival;
  const held = places.placed.get(sessionId);
  if (held !== undefined) {
    const start = { sessionId, placements: placementsOf(request, held.reservations), notes: [] };
    return { places, result: { t: "placed", start } };
  }
  if (places.waiting.has(sessionId)) return { places, result: { t: "queued" } };
  const queued = withWaiting(places, { sessionId, user, priority, request });
  const turn = queueTurns(queued, context).find(({ session }) => session.sessionId === sessionId);
  if (turn?.verdict.t === "goes") {
    const { placements, notes } = turn.verdict;
    const after = withPlaced(queued, { sessionId, user, priority, reservations: reservationsOf(placements) });
    // Its request as its own coordinator knows it, with everything that the table leaves out.
    return {
      places: after,
      result: { t: "placed", start: { sessionId, placements: named(placements, request), notes } },
    };
  }
  if (!mayWait) throw refusal(turn, queued, request);
  if (queued.waiting.size > limits.queuedSessionsMax) throw queueFull(sessionId);
  return { places: queued, result: { t: "queued" } };
}

/** Those of `requests` that waited and can go now, all in one change. */
export function startWaiting(
  places: Places,
  requests: ReadonlyMap<string, PlacementRequest>,
  context: QueueContext,
): { readonly places: Places; readonly result: readonly Start[] } {
  const starts: Start[] = [];
  let after = places;
  // Room is kept for each of ours, or two of them would go to the same.
  const isStalled = (sessionId: string) => !requests.has(sessionId) && context.isStalled(sessionId);
  for (const { session, verdict } of queueTurns(places, { ...context, isStalled })) {
    const { sessionId, user, priority } = session;
    const request = requests.get(sessionId);
    if (request === undefined || verdict.t !== "goes") continue;
    const { placements, notes } = verdict;
    after = withPlaced(after, { sessionId, user, priority, reservations: reservationsOf(placements) });
    starts.push({ sessionId, placements: named(placements, request), notes });
  }
  // Placed by a write of ours whose answer got lost.
  for (const [sessionId, request] of requests) {
    const held = places.placed.get(sessionId);
    if (held === undefined) continue;
    starts.push({ sessionId, placements: placementsOf(request, held.reservations), notes: [] });
  }
  return { places: after, result: starts };
}

function reservationsOf(placements: readonly Placement[]) {
  return placements.map(({ reservation }) => reservation);
}

function named(placements: readonly Placement[], request: PlacementRequest): readonly Placement[] {
  return placementsOf(request, reservationsOf(placements));
}

function refusal(turn: Turn | undefined, { waiting }: Places, { sessionId }: PlacementRequest): ArrasError {
  if (turn?.verdict.t === "blocked") return turn.verdict.error;
  return new ArrasError("resources-insufficient", {
    message: `${waiting.size - 1} other sessions wait for places, and this one is not to wait`,
    action: "Let it wait (without --no-wait), or try again later.",
    place: { session: sessionId },
  });
}

function queueFull(sessionId: string): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `${limits.queuedSessionsMax} sessions wait for places, as many as queuedSessionsMax allows`,
    action: "Try again later, or add nodes.",
    place: { session: sessionId },
  });
}
