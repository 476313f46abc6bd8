// Whether a computation that died is started again, and when. Pure.
import { ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";

export interface RestartHistory {
  /** Restarts so far. */
  readonly count: number;
  /** Restarts since its last unit was merged. */
  readonly inARowCount: number;
  /** It has more memory already than it is defined to have. */
  readonly hasMoreMemory: boolean;
}

export type RestartDecision =
  | { readonly t: "restart"; readonly afterMs: number }
  /** At once, where it can have more memory than it had; given up where that is nowhere. */
  | { readonly t: "restart-with-more-memory" }
  | { readonly t: "give-up"; readonly reason: string };

/**
 * The first restart is at once; each further one without a merged unit waits twice as long, up to five seconds. One that
 * was ended for its memory is tried once more, with more of it: with as much it would only end again.
 */
export function decideRestart(history: RestartHistory, cause: ExitCause): RestartDecision {
  if (cause === ExitCause.MEMORY && history.hasMoreMemory) {
    return { t: "give-up", reason: "it had more memory already than its definition says" };
  }
  if (history.count >= limits.restartsMax) {
    return { t: "give-up", reason: `it was started again ${history.count} times` };
  }
  if (history.inARowCount >= limits.restartsInARowMax) {
    return { t: "give-up", reason: `it died ${history.inARowCount} times in a row without finishing a unit` };
  }
  if (cause === ExitCause.MEMORY) return { t: "restart-with-more-memory" };
  return { t: "restart", afterMs: history.inARowCount === 0 ? 0 : Math.min(5_000, 100 * 2 ** history.inARowCount) };
}
