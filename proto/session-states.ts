// Which states of a session are its end. Pure.
import { SessionState } from "./gen/arras/v1/session_pb.ts";

const finalStates: ReadonlySet<SessionState> = new Set([
  SessionState.FINISHED,
  SessionState.STOPPED,
  SessionState.HOLES,
  SessionState.FAILED,
]);

export function isFinalState(state: SessionState): boolean {
  return finalStates.has(state);
}
