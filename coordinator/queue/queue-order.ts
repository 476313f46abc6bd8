// In which order the farm's waiting sessions come: by priority, then to the user who has least, then by arrival. Pure,
// and without a clock, so that all coordinators see the same order.
import type { Places, WaitingSession } from "../placement/places.ts";

/**
 * Fair share is dealt out in turns: who comes next counts with the cores that it is about to get, so that of two users
 * with ten sessions each every second is the other's. Among users with equally much the one comes first whose session
 * has waited longest.
 */
export function queueOrder({ placed, waiting }: Places): WaitingSession[] {
  const coresOf = new Map<string, number>();
  const count = (user: string, cores: number) => coresOf.set(user, (coresOf.get(user) ?? 0) + cores);
  for (const { user, reservations } of placed.values()) {
    for (const { cores } of reservations) count(user, cores);
  }
  const byPriority = new Map<number, WaitingSession[]>();
  for (const session of [...waiting.values()].sort((a, b) => a.ticket - b.ticket)) {
    byPriority.set(session.priority, [...(byPriority.get(session.priority) ?? []), session]);
  }
  return [...byPriority.keys()]
    .sort((a, b) => b - a)
    .flatMap((priority) => {
      const left = linesOfUsers(byPriority.get(priority) ?? []);
      const order: WaitingSession[] = [];
      for (;;) {
        const line = left
          .filter((each) => each.length > 0)
          .reduce<WaitingSession[] | undefined>(
            (best, each) => (comesBefore(each, best, coresOf) ? each : best),
            undefined,
          );
        const next = line?.shift();
        if (next === undefined) return order;
        count(next.user, askedCores(next));
        order.push(next);
      }
    });
}

/** Each user's own, in order of arrival. */
function linesOfUsers(sessions: readonly WaitingSession[]): WaitingSession[][] {
  const lines = new Map<string, WaitingSession[]>();
  for (const session of sessions) {
    const line = lines.get(session.user) ?? [];
    lines.set(session.user, line);
    line.push(session);
  }
  return [...lines.values()];
}

function comesBefore(
  line: readonly WaitingSession[],
  best: readonly WaitingSession[] | undefined,
  coresOf: ReadonlyMap<string, number>,
): boolean {
  const [a, b] = [line[0], best?.[0]];
  if (a === undefined) return false;
  if (b === undefined) return true;
  const difference = (coresOf.get(a.user) ?? 0) - (coresOf.get(b.user) ?? 0);
  return difference < 0 || (difference === 0 && a.ticket < b.ticket);
}

/** At least one, or sessions that ask for none would all come first. */
function askedCores({ request }: WaitingSession): number {
  return Math.max(
    1,
    request.computations.reduce((total, { minCores }) => total + minCores, 0),
  );
}
