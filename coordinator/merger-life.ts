// Where a session's merger is in its life, which its parts share: its starts (merger-starts.ts), its film
// (merger-film.ts). Pure.
import type { Berth } from "./berth.ts";
import { PlaceSearch } from "./place-search.ts";
import type { PresentComputation } from "./records/present-record.ts";

export class MergerLife {
  readonly #sessionId: string;
  /**
   * kept: rendering has ended, its film is what counts, and it is not replaced by an empty one. ended: it is, or the
   * session is another coordinator's.
   */
  stage: "wanted" | "kept" | "ended" = "wanted";
  /** Of a session that was taken over: its node is asked whether it runs, then its film is opened. */
  adopted: "sought" | "found" | undefined;
  /** undefined: it waits for its place. */
  berth: Berth | undefined;
  attempt = 0;
  /** Of the attempt that was given up last; each is only once. */
  replacedAttempt = 0;
  /** Without a merged unit between. */
  restartsInARowCount = 0;
  /** Set once it was started again with more memory: what it had before. */
  formerLimitBytes: number | undefined;
  peakMemoryBytes = 0;
  readonly search = new PlaceSearch();

  constructor(sessionId: string, berth: Berth | undefined) {
    this.#sessionId = sessionId;
    this.berth = berth;
  }

  get present(): PresentComputation | undefined {
    const { berth, attempt, peakMemoryBytes, formerLimitBytes } = this;
    if (berth === undefined) return undefined;
    return { berth, attempt, restartCount: Math.max(0, attempt - 1), peakMemoryBytes, formerLimitBytes };
  }

  /** For what is told of it. */
  get about() {
    const { name: computation, nodeId } = this.berth ?? { name: "", nodeId: "" };
    return { sessionId: this.#sessionId, computation, nodeId, attempt: this.attempt };
  }
}
