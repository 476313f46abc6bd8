// Entries in the table of places that belong to no session any more: their coordinator died between table and record.
// Pure: time is an argument.
import { limits } from "../../proto/limits.ts";
import type { Places } from "./places.ts";

export class Strays {
  readonly #sinceMs = new Map<string, number>();

  /** Sessions that have places, or wait for them, and have had no record for limits.strayPlacesMsMax. */
  judge(nowMs: number, { placed, waiting }: Places, isKnown: (sessionId: string) => boolean): string[] {
    const strays = [...placed.keys(), ...waiting.keys()].filter((sessionId) => !isKnown(sessionId));
    const present = new Set(strays);
    for (const sessionId of this.#sinceMs.keys()) if (!present.has(sessionId)) this.#sinceMs.delete(sessionId);
    for (const sessionId of strays) if (!this.#sinceMs.has(sessionId)) this.#sinceMs.set(sessionId, nowMs);
    return strays.filter((sessionId) => nowMs - (this.#sinceMs.get(sessionId) ?? nowMs) >= limits.strayPlacesMsMax);
  }

  /** The records could not be read for a while: nobody was seen to be without one. */
  forgive(): void {
    this.#sinceMs.clear();
  }
}
