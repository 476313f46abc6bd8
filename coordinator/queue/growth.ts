// Which running sessions grow, of those that were given a range of computations: after the queue, and in its spirit.
// Pure.
import { forItsKind } from "../placement/one-kind.ts";
import { type Placement, placeGrowth } from "../placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "../placement/placement-request.ts";
import { ledgerOf, type Places } from "../placement/places.ts";
import type { Turn } from "./queue-turns.ts";

/**
 * What is free belongs to those who wait and would fit once others end; only then to sessions that run already: one
 * computation at a time, by priority, then to the user who has least, then to the session that has least. `requests`:
 * of placed sessions. The result is in order, and within every node.
 */
export function growthTurns(
  places: Places,
  turns: readonly Turn[],
  nodes: readonly PlacementNode[],
  requests: readonly PlacementRequest[],
): Placement[] {
  if (turns.some(({ verdict }) => verdict.t !== "blocked" || verdict.everFits)) return [];
  const ledger = ledgerOf(places);
  const coresOf = new Map<string, number>();
  const count = (name: string, cores: number) => coresOf.set(name, (coresOf.get(name) ?? 0) + cores);
  for (const { sessionId, user, reservations } of places.placed.values()) {
    for (const { cores } of reservations) {
      count(`user ${user}`, cores);
      count(`session ${sessionId}`, cores);
    }
  }
  let growing = requests.flatMap((request) => {
    const session = places.placed.get(request.sessionId);
    const held = new Set(session?.reservations.map(({ computation }) => computation));
    const left = (request.growth ?? []).filter(({ name }) => !held.has(name));
    return session === undefined ? [] : [{ session, request, left }];
  });
  const cores = (name: string) => coresOf.get(name) ?? 0;
  const placements: Placement[] = [];
  for (;;) {
    growing = growing.filter(({ left }) => left.length > 0);
    const next = growing.reduce<(typeof growing)[number] | undefined>((best, each) => {
      if (best === undefined) return each;
      const difference =
        best.session.priority - each.session.priority ||
        cores(`user ${each.session.user}`) - cores(`user ${best.session.user}`) ||
        cores(`session ${each.session.sessionId}`) - cores(`session ${best.session.sessionId}`);
      return difference < 0 ? each : best;
    }, undefined);
    if (next === undefined) return placements;
    const request = forItsKind(next.request, nodes, next.session.reservations);
    const [placement] = placeGrowth({ ...request, computations: [], growth: next.left.slice(0, 1) }, nodes, ledger);
    if (placement === undefined) {
      next.left = [];
      continue;
    }
    next.left = next.left.slice(1);
    ledger.reserve([placement.reservation], nodes);
    count(`user ${next.session.user}`, placement.reservation.cores);
    count(`session ${next.session.sessionId}`, placement.reservation.cores);
    placements.push(placement);
  }
}
