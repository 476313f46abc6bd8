// Whether a bus carries what is said, found out by listening to oneself. A connection to NATS may stand and carry
// nothing for as long as its pings take to notice, which is longer than a silent node is given.
import { limits } from "../proto/limits.ts";
import type { Bus, Subscription } from "./bus.ts";
import type { Clock, Timer } from "./clock.ts";

const nothing = new Uint8Array(0);

export class BusEcho {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #subject: string;
  readonly #subscription: Subscription;
  #heardAtMs: number;
  #timer: Timer | undefined;

  /** `subject`: nobody else's. */
  constructor(bus: Bus, clock: Clock, subject: string) {
    this.#bus = bus;
    this.#clock = clock;
    this.#subject = subject;
    this.#heardAtMs = clock.nowMs();
    this.#subscription = bus.subscribe(subject, () => {
      this.#heardAtMs = clock.nowMs();
    });
    this.#say();
  }

  /** Within the last heartbeat's time. */
  get isHeard(): boolean {
    return this.#clock.nowMs() - this.#heardAtMs <= limits.heartbeatIntervalMs;
  }

  end(): void {
    this.#subscription.unsubscribe();
    this.#timer?.cancel();
  }

  #say(): void {
    this.#bus.publish(this.#subject, nothing);
    this.#timer = this.#clock.after(limits.heartbeatIntervalMs / 2, () => this.#say());
  }
}
