// Where a session's merger is in its life, which its parts share: its starts (merger-starts.ts) and its film
// (merger-film.ts). One table of the changes that may happen. Pure.
import type { Berth } from "./berth.ts";
import type { MergerAccess } from "./merger-link.ts";
import { PlaceSearch } from "./place-search.ts";
import type { PresentComputation } from "./records/present-record.ts";

export type MergerPhase =
  /** Not started yet, or given up: its next attempt waits for its time or its place. */
  | { readonly t: "away" }
  /** Of a session that was taken over: its node is asked whether it runs. */
  | { readonly t: "sought" }
  /** So it does; its film, which is there, is asked for. */
  | { readonly t: "found" }
  /** Its node is asked to start it, and where it serves. */
  | { readonly t: "launching" }
  /** It serves; its film is being opened there. */
  | { readonly t: "opening"; readonly access: MergerAccess }
  /** Its film is open; what is in it of the present epoch is not known yet. */
  | { readonly t: "open" }
  | { readonly t: "read" };

export const mergerTransitions = {
  away: ["sought", "launching"],
  // Launched where the session had waited for its places.
  sought: ["found", "launching", "away"],
  found: ["open", "away"],
  launching: ["opening", "away"],
  opening: ["open", "away"],
  open: ["read", "away"],
  // Open again: the scene is another.
  read: ["open", "away"],
} as const satisfies Record<MergerPhase["t"], readonly MergerPhase["t"][]>;

export class MergerLife {
  readonly #sessionId: string;
  #phase: MergerPhase = { t: "away" };
  /**
   * kept: rendering has ended, its film is what counts, and it is not replaced by an empty one. ended: it is, or the
   * session is another coordinator's.
   */
  stage: "wanted" | "kept" | "ended" = "wanted";
  /** undefined: it waits for its place. */
  berth: Berth | undefined;
  /** The present one, or the last. */
  attempt = 0;
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

  get phase(): MergerPhase {
    return this.#phase;
  }

  /** The one way to change its phase. An impossible change is a mistake of ours and throws. */
  change(to: MergerPhase): void {
    const from = this.#phase.t;
    const allowed: readonly string[] = mergerTransitions[from];
    if (!allowed.includes(to.t)) throw new Error(`a merger cannot go from ${from} to ${to.t}`);
    this.#phase = to;
  }

  /** Whether what is heard of this attempt counts still. */
  isAt(attempt: number): boolean {
    return this.stage !== "ended" && this.attempt === attempt && this.#phase.t !== "away";
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
