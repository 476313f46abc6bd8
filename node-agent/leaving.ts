// A node's leaving: wished once or more, due at its earliest deadline, done when nothing runs there any more.
import type { Clock, Timer } from "../host/clock.ts";

/** Why it leaves, and how long what runs may take to go. */
export interface DrainWish {
  readonly reason: string;
  readonly deadlineMs: number;
}

export class Leaving {
  readonly #clock: Clock;
  /** undefined: it stays. */
  #drain: { readonly untilMs: number; readonly timer: Timer } | undefined;
  /** Resolves when it is to leave and nothing runs there any more. */
  readonly left: Promise<void>;
  #tellLeft: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.left = new Promise((resolve) => {
      this.#tellLeft = resolve;
    });
  }

  get isBegun(): boolean {
    return this.#drain !== undefined;
  }

  /** 0 where it stays. */
  get leftMs(): number {
    return this.#drain === undefined ? 0 : Math.max(0, Math.round(this.#drain.untilMs - this.#clock.nowMs()));
  }

  /** False: it is to leave by then in any case. `due` is called at the deadline, unless it has left before. */
  begin({ deadlineMs }: DrainWish, due: () => void): boolean {
    const untilMs = this.#clock.nowMs() + deadlineMs;
    // Asked again: the earliest deadline counts.
    if (this.#drain !== undefined && this.#drain.untilMs <= untilMs) return false;
    this.#drain?.timer.cancel();
    this.#drain = { untilMs, timer: this.#clock.after(deadlineMs, due) };
    return true;
  }

  /** Nothing runs there now. */
  empty(): void {
    if (this.#drain === undefined) return;
    this.#drain.timer.cancel();
    this.#tellLeft();
  }
}
