// What is promised to which session of the farm, and which sessions wait: the value that all its coordinators share.
// Pure: each change makes a new value, and making it a second time changes nothing.
import type { PlacementRequest } from "./placement-request.ts";
import { type Reservation, ReservationLedger } from "./reservations.ts";

export interface PlacedSession {
  readonly sessionId: string;
  /** Empty: nobody in particular. */
  readonly user: string;
  /** 0 to 100, higher first. */
  readonly priority: number;
  readonly reservations: readonly Reservation[];
}

export interface WaitingSession {
  readonly sessionId: string;
  readonly user: string;
  readonly priority: number;
  /** Smaller came earlier: of all coordinators, whose clocks say nothing about each other. */
  readonly ticket: number;
  readonly request: PlacementRequest;
}

export interface Places {
  readonly nextTicket: number;
  /** By session, those placed first in front. */
  readonly placed: ReadonlyMap<string, PlacedSession>;
  readonly waiting: ReadonlyMap<string, WaitingSession>;
}

export const noPlaces: Places = { nextTicket: 1, placed: new Map(), waiting: new Map() };

export function ledgerOf({ placed }: Places): ReservationLedger {
  return ReservationLedger.of([...placed.values()].flatMap(({ reservations }) => reservations));
}

/** It leaves the queue, if it was there. */
export function withPlaced(places: Places, session: PlacedSession): Places {
  const waiting = new Map(places.waiting);
  waiting.delete(session.sessionId);
  return { ...places, placed: new Map(places.placed).set(session.sessionId, session), waiting };
}

/** At the end of the queue; where it was, if it was there. */
export function withWaiting(places: Places, session: Omit<WaitingSession, "ticket">): Places {
  if (places.waiting.has(session.sessionId)) return places;
  const ticket = places.nextTicket;
  const waiting = new Map(places.waiting).set(session.sessionId, { ...session, ticket });
  return { ...places, nextTicket: ticket + 1, waiting };
}

export function withoutSession(places: Places, sessionId: string): Places {
  if (!places.placed.has(sessionId) && !places.waiting.has(sessionId)) return places;
  const placed = new Map(places.placed);
  const waiting = new Map(places.waiting);
  placed.delete(sessionId);
  waiting.delete(sessionId);
  return { ...places, placed, waiting };
}

/** In the place of what these computations of a placed session had. Unchanged where the session has ended. */
export function withReservations(places: Places, sessionId: string, reservations: readonly Reservation[]): Places {
  const names = new Set(reservations.map(({ computation }) => computation));
  return changed(places, sessionId, (held) => [
    ...held.filter(({ computation }) => !names.has(computation)),
    ...reservations,
  ]);
}

export function withoutComputation(places: Places, sessionId: string, computation: string): Places {
  return changed(places, sessionId, (held) => held.filter((each) => each.computation !== computation));
}

/** Of these sessions alone: each coordinator judges nodes for its own. */
export function withoutNode(places: Places, nodeId: string, sessionIds: Iterable<string>): Places {
  let after = places;
  for (const sessionId of sessionIds) {
    after = changed(after, sessionId, (held) => held.filter((each) => each.nodeId !== nodeId));
  }
  return after;
}

function changed(
  places: Places,
  sessionId: string,
  change: (held: readonly Reservation[]) => readonly Reservation[],
): Places {
  const session = places.placed.get(sessionId);
  if (session === undefined) return places;
  const reservations = change(session.reservations);
  if (
    reservations.length === session.reservations.length &&
    reservations.every((each, at) => each === session.reservations[at])
  )
    return places;
  return { ...places, placed: new Map(places.placed).set(sessionId, { ...session, reservations }) };
}
