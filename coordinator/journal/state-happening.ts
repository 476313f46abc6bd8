// A session's state as something that happened. Pure.
import type { SessionState } from "../session-state.ts";
import type { SessionHappening } from "./happening.ts";

/** Nothing changes into the first state. */
export function stateHappening(sessionId: string, state: SessionState): SessionHappening {
  if (state.t === "starting") throw new Error("a session cannot change to starting");
  if (state.t === "failed") return { t: "session-failed", sessionId, error: state.error };
  return { t: `session-${state.t}`, sessionId };
}
