// The two times that end a session by themselves: until its computations are there, and for rendering.
import type { Clock, Timer } from "../host/clock.ts";
import type { SessionPlan } from "./session-plan.ts";

/** Told once each, when that time is over. */
export interface DeadlineListener {
  connected(): void;
  rendered(): void;
}

export class SessionDeadlines {
  readonly #plan: Pick<SessionPlan, "connectTimeoutMs" | "durationMs">;
  readonly #clock: Clock;
  readonly #listener: DeadlineListener;
  readonly #timers: Timer[] = [];

  constructor(plan: Pick<SessionPlan, "connectTimeoutMs" | "durationMs">, clock: Clock, listener: DeadlineListener) {
    this.#plan = plan;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** From now on its computations may take so long to be there. */
  connect(): void {
    this.#timers.push(this.#clock.after(this.#plan.connectTimeoutMs, () => this.#listener.connected()));
  }

  /** It renders since then, which may be long ago; without a limit for ever. */
  render(sinceMs: number): void {
    const { durationMs } = this.#plan;
    if (durationMs === undefined) return;
    const leftMs = Math.max(0, sinceMs + durationMs - this.#clock.nowMs());
    this.#timers.push(this.#clock.after(leftMs, () => this.#listener.rendered()));
  }

  cancel(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
  }
}
