// Simulated time: actions in the order of their times, and of their adding where those are equal. Nothing waits.
import type { Clock, Timer } from "../../host/clock.ts";
import { TimerQueue } from "../fakes/timer-queue.ts";

export class SimClock implements Clock {
  readonly #queue = new TimerQueue();
  #nowMs = 0;
  /** Actions that have run. */
  eventCount = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.at(this.#nowMs + delayMs, action);
  }

  /** Exactly then, so that what waits for one moment keeps its order; at once where that is past. */
  at(atMs: number, action: () => void): Timer {
    const waiting = this.#queue.add(Math.max(this.#nowMs, atMs), action);
    return {
      cancel: () => {
        waiting.run = undefined;
      },
    };
  }

  /** Runs what is next. False: there is nothing any more. */
  advance(): boolean {
    for (let next = this.#queue.take(); next; next = this.#queue.take()) {
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      this.eventCount++;
      next.run();
      return true;
    }
    return false;
  }
}
