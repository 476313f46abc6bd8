// What a session that is asked for begins with: nothing, or what is kept of one that has stopped or crashed.
import { ArrasError } from "../../proto/errors.ts";
import type { SessionSpec } from "../../proto/gen/arras/v1/session_pb.ts";
import { isFinalState } from "../../proto/session-states.ts";
import type { KeptRecord } from "../records/session-record.ts";
import type { CheckpointShelf } from "./checkpoint-shelf.ts";
import { freshSession, resumedSession, type SessionBeginning } from "./resumed-session.ts";

/** Of all sessions that there are on the farm. */
export interface KnownSessions {
  find(sessionId: string): Promise<KeptRecord | undefined>;
}

/** Rejects as SessionSpec.resume_session_id says. */
export async function sessionBeginning(
  spec: SessionSpec,
  user: string,
  known: KnownSessions,
  shelf: CheckpointShelf | undefined,
): Promise<SessionBeginning> {
  const { resumeSessionId } = spec;
  if (resumeSessionId === "") return freshSession(spec);
  const running = await known.find(resumeSessionId);
  if (running !== undefined && !isFinalState(running.record.state)) throw stillRuns(resumeSessionId);
  if (shelf === undefined) throw nothingKept(resumeSessionId);
  return resumedSession(spec, await shelf.find(resumeSessionId, user));
}

function stillRuns(sessionId: string): ArrasError {
  return new ArrasError("session-state", {
    message: `Session ${sessionId} still runs`,
    action: "Wait for its end, or stop it first.",
    place: { session: sessionId },
  });
}

function nothingKept(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: `Nothing is kept of session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action: "This coordinator keeps no checkpoints; render anew.",
  });
}
