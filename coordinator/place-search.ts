// The search for a place of one computation, from one node that takes it to the next. Pure: time is an argument.
import type { ArrasError } from "../proto/errors.ts";
import { withoutPlace } from "./session-errors.ts";

export interface Refusal {
  /** What became of its former place, and that there is no other. */
  readonly error: ArrasError;
  /** No node has refused it since it had a place. */
  readonly isFirst: boolean;
  /** Since the first. */
  readonly lastedMs: number;
}

export class PlaceSearch {
  #uprooted: ArrasError | undefined;
  #refused: { readonly sinceMs: number; readonly error: ArrasError } | undefined;

  /** Why it has no place; undefined: it has one, or none has been refused to it yet. */
  get error(): ArrasError | undefined {
    return this.#refused?.error;
  }

  /** It is to have another place than it had. */
  begin(why: ArrasError): void {
    this.#uprooted = why;
  }

  refuse(refusal: ArrasError, nowMs: number): Refusal {
    const error = this.#uprooted === undefined ? refusal : withoutPlace(this.#uprooted, refusal);
    const isFirst = this.#refused === undefined;
    const sinceMs = this.#refused?.sinceMs ?? nowMs;
    this.#refused = { sinceMs, error };
    return { error, isFirst, lastedMs: nowMs - sinceMs };
  }

  /** A node has taken it. */
  end(): void {
    this.#uprooted = undefined;
    this.#refused = undefined;
  }
}
