// What a session tells the journal: its states, and pictures that were fetched to their end.
import type { Clock } from "../../host/clock.ts";
import type { EncodeImageRequest } from "../../proto/gen/arras/v1/film_pb.ts";
import type { SessionState } from "../session-state.ts";
import type { Journal, SessionHappening } from "./happening.ts";

/** What a session begins with happens at its placement, and is told there. `from`: its state before. */
export function stateHappening(sessionId: string, state: SessionState, from: SessionState["t"]): SessionHappening {
  if (state.t === "rendering" && from === "paused") return { t: "session-resumed", sessionId };
  if (state.t === "queued" || state.t === "starting") throw new Error(`a session begins as ${state.t}`);
  if (state.t === "failed") return { t: "session-failed", sessionId, error: state.error };
  return { t: `session-${state.t}`, sessionId };
}

/** What there is of a stream of chunks to listen to. */
interface Ending {
  once(event: "end", listener: () => void): unknown;
}

export function tellWhenFetched<Chunks extends Ending>(
  chunks: Chunks,
  { sessionId, format }: EncodeImageRequest,
  { journal, clock }: { readonly journal?: Journal; readonly clock: Clock },
): Chunks {
  const beganAtMs = clock.nowMs();
  chunks.once("end", () => {
    const durationMs = clock.nowMs() - beganAtMs;
    journal?.record({ t: "image-fetched", sessionId, format: format.case ?? "unknown", durationMs });
  });
  return chunks;
}
