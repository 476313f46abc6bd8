// A clock that stands still until a test moves it. Timers run in the order of their times, each at its own time.
import type { Clock, Timer } from "../../host/clock.ts";

interface Waiting {
  readonly atMs: number;
  readonly action: () => void;
}

export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #waiting = new Set<Waiting>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, action };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  get timerCount(): number {
    return this.#waiting.size;
  }

  /** Runs what is due up to then, also what timers set themselves. Promises are not waited for: see settled.ts. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
    }
    this.#nowMs = untilMs;
  }

  /** Time goes on and nothing runs: a process that stands still. What is due meanwhile runs with the next advance. */
  skip(byMs: number): void {
    this.#nowMs += byMs;
  }

  #next(untilMs: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= untilMs && (first === undefined || waiting.atMs < first.atMs)) first = waiting;
    }
    return first;
  }
}
