// Keeps former owners of a session from touching what its present owner runs here: the highest lease revision that was
// seen of each session counts. A coordinator that stood still may ask for something before it knows that it has lost the
// session. Pure.
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

export class OwnerFence {
  /** By session, the one that was heard of longest ago first. */
  readonly #highest = new Map<string, bigint>();

  /** Throws `session-state` for a former owner. 0 is nobody's lease, and passes. */
  admit(sessionId: string, ownerRevision: bigint): void {
    if (ownerRevision === 0n) return;
    const highest = this.#highest.get(sessionId) ?? 0n;
    if (ownerRevision < highest) throw former(sessionId);
    this.#highest.delete(sessionId);
    this.#highest.set(sessionId, ownerRevision);
    const [oldest] = this.#highest.keys();
    if (this.#highest.size > limits.fencedSessionsMax && oldest !== undefined) this.#highest.delete(oldest);
  }
}

function former(sessionId: string): ArrasError {
  return new ArrasError("session-state", {
    message: "Another coordinator has owned the session since",
    action: "Stop acting for it.",
    place: { session: sessionId },
  });
}
