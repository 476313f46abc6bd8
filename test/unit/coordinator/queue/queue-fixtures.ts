// A farm's places and queue in a few words: `s:ann 4` waits for four cores, another has them.
import { noPlaces, type Places, withPlaced, withWaiting } from "../../../../coordinator/placement/places.ts";
import type { ExpandedComputation } from "../../../../coordinator/session-definition/expand.ts";
import { mcrt } from "../placement/placement-fixtures.ts";

export interface Wish {
  readonly user?: string;
  readonly priority?: number;
  readonly cores?: number;
  readonly memoryMB?: number;
  /** Beyond the one computation that it must have. */
  readonly growthCount?: number;
}

function computation(index: number, { cores = 1, memoryMB = 1000 }: Wish): ExpandedComputation {
  return mcrt(index, { minCores: cores, maxCores: cores, memoryMB });
}

export function requestOf(sessionId: string, wish: Wish = {}) {
  const growth = Array.from({ length: wish.growthCount ?? 0 }, (_, at) => computation(at + 1, wish));
  return { sessionId, computations: [computation(0, wish)], growth, renderer: "embree" };
}

export function waiting(places: Places, sessionId: string, wish: Wish = {}): Places {
  const { user = "", priority = 50 } = wish;
  return withWaiting(places, { sessionId, user, priority, request: requestOf(sessionId, wish) });
}

export function running(places: Places, sessionId: string, nodeId: string, wish: Wish = {}): Places {
  const { user = "", priority = 50, cores = 1, memoryMB = 1000 } = wish;
  const reservation = { sessionId, computation: "mcrt_i0", nodeId, memoryMB, cores };
  return withPlaced(places, { sessionId, user, priority, reservations: [reservation] });
}

/** In the order of arrival. */
export function queueOf(...wishes: readonly (readonly [sessionId: string, wish?: Wish])[]): Places {
  return wishes.reduce((places, [sessionId, wish]) => waiting(places, sessionId, wish), noPlaces);
}
