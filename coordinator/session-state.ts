// The life of a session: states that own what belongs to them, and one table of the changes that may happen.
// ARCHITECTURE.md shows the table; a test keeps the two equal.
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import { type QueuePlace, SessionState as SessionStateMessage } from "../proto/gen/arras/v1/session_pb.ts";

export type SessionState =
  /** It waits for places. `place`: in the queue, once known. */
  | { readonly t: "queued"; readonly place?: QueuePlace }
  /** Computations are being launched. */
  | { readonly t: "starting" }
  /** The film is open and at least one computation loads the scene. */
  | { readonly t: "preparing"; readonly connectedAtMs: number }
  /** At least one computation renders, or did. */
  | { readonly t: "rendering"; readonly connectedAtMs: number; readonly preparedAtMs: number }
  /** Nothing is granted until it is resumed. */
  | { readonly t: "paused"; readonly connectedAtMs: number; readonly preparedAtMs: number }
  | { readonly t: "finished" }
  | { readonly t: "stopped" }
  | { readonly t: "holes" }
  | { readonly t: "failed"; readonly error: ArrasError };

export const sessionTransitions = {
  queued: ["starting", "stopped", "failed"],
  starting: ["preparing", "stopped", "failed"],
  preparing: ["rendering", "stopped", "failed"],
  rendering: ["paused", "finished", "stopped", "holes", "failed"],
  paused: ["rendering", "finished", "stopped", "holes", "failed"],
  finished: [],
  stopped: [],
  holes: [],
  failed: [],
} as const satisfies Record<SessionState["t"], readonly SessionState["t"][]>;

export function isFinal(state: SessionState): boolean {
  return sessionTransitions[state.t].length === 0;
}

/** The one way to change a state. An impossible change is a mistake of ours and throws. */
export function changeState(from: SessionState, to: SessionState): SessionState {
  const allowed: readonly string[] = sessionTransitions[from.t];
  if (!allowed.includes(to.t)) throw new Error(`a session cannot go from ${from.t} to ${to.t}`);
  return to;
}

export function stateToMessage(state: SessionState): SessionStateMessage {
  const messages = {
    queued: SessionStateMessage.QUEUED,
    starting: SessionStateMessage.STARTING,
    preparing: SessionStateMessage.PREPARING,
    rendering: SessionStateMessage.RENDERING,
    paused: SessionStateMessage.PAUSED,
    finished: SessionStateMessage.FINISHED,
    stopped: SessionStateMessage.STOPPED,
    holes: SessionStateMessage.HOLES,
    failed: SessionStateMessage.FAILED,
  } as const;
  return messages[state.t];
}

/** The state that a record tells. Times are this process's clock's. */
export function stateFromRecord(
  { state, final }: SessionRecord,
  times: { readonly connectedAtMs: number; readonly preparedAtMs: number },
): SessionState {
  const { connectedAtMs, preparedAtMs } = times;
  switch (state) {
    case SessionStateMessage.QUEUED:
      return { t: "queued" };
    case SessionStateMessage.PREPARING:
      return { t: "preparing", connectedAtMs };
    case SessionStateMessage.RENDERING:
      return { t: "rendering", connectedAtMs, preparedAtMs };
    case SessionStateMessage.PAUSED:
      return { t: "paused", connectedAtMs, preparedAtMs };
    case SessionStateMessage.FINISHED:
      return { t: "finished" };
    case SessionStateMessage.STOPPED:
      return { t: "stopped" };
    case SessionStateMessage.HOLES:
      return { t: "holes" };
    case SessionStateMessage.FAILED:
      return {
        t: "failed",
        error: final?.error === undefined ? ArrasError.from("unknown failure") : errorFromMessage(final.error),
      };
    default:
      return { t: "starting" };
  }
}
