// When a session looks at the clock: often while something waits for time to pass, as a computation with nothing to do
// or an edit, otherwise as often as its watchers want to be told. Where processors are shared with those that render,
// each look costs them some 0.2 ms, whether or not there is anything to do.
import type { Clock, Timer } from "../host/clock.ts";

/** A thread that idles for longer shows in the time of a frame of seconds. */
const quickMs = 25;

export class SessionPulse {
  readonly #clock: Clock;
  readonly #beat: () => void;
  readonly #calmMs: () => number;
  #next: Timer | undefined;
  #isQuick = false;

  /** `calmMs`: until the next beat where nothing waits. */
  constructor(clock: Clock, beat: () => void, calmMs: () => number) {
    this.#clock = clock;
    this.#beat = beat;
    this.#calmMs = calmMs;
  }

  begin(): void {
    this.#arm(quickMs);
  }

  /** Something waits for time to pass: the next beat comes soon. Said again at that beat while it still waits. */
  quicken(): void {
    if (this.#isQuick || this.#next === undefined) return;
    this.#isQuick = true;
    this.#arm(quickMs);
  }

  end(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }

  #arm(afterMs: number): void {
    this.#next?.cancel();
    this.#next = this.#clock.after(afterMs, () => {
      this.#isQuick = false;
      this.#arm(this.#calmMs());
      this.#beat();
    });
  }
}
