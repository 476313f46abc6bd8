// Where a session is, as one coordinator knows it. Types alone.
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import type { Session } from "../session.ts";

export interface Located {
  /** Whose it is; empty where nobody logs in. */
  readonly user: string;
  /** Its last event, when it has ended. */
  readonly final: SessionEvent | undefined;
  readonly at:
    | { readonly t: "here"; readonly session: Session }
    /** The door of the coordinator that owns it, as far as is known. */
    | { readonly t: "there"; readonly address: string }
    /** Its owner has gone, or is about to begin; another will have it soon. */
    | { readonly t: "nobody" };
}

export interface SessionFinder {
  /** Rejects with `session-missing`, and with `unavailable` or `timed-out` while that cannot be known. */
  locate(sessionId: string): Promise<Located>;
  /** Of one that is here. Resolves when its processes are gone; rejects with `unavailable` when it has just been lost. */
  close(sessionId: string): Promise<void>;
}
