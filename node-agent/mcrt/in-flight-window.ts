// What has been sent to the merger and is not acknowledged yet: bounded by count and by bytes, like the ring of
// etcd-raft's `tracker/inflights.go`. Pure but for the promises of those who wait for room.
import { limits } from "../../proto/limits.ts";

interface Waiter {
  readonly sizeBytes: number;
  readonly admit: () => void;
}

export class InFlightWindow {
  readonly #countMax: number;
  readonly #sizeBytesMax: number;
  readonly #waiters: Waiter[] = [];
  #count = 0;
  #isClosed = false;
  #sizeBytes = 0;

  constructor(
    countMax: number = limits.inFlightContributionsMax,
    sizeBytesMax: number = limits.inFlightContributionBytesMax,
  ) {
    this.#countMax = countMax;
    this.#sizeBytesMax = sizeBytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when there is room, first come, first served. One that is larger than the window goes alone. */
  enter(sizeBytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ sizeBytes, admit: resolve });
      this.#admitWaiters();
    });
  }

  /** Exactly once for each enter(). */
  leave(sizeBytes: number): void {
    if (this.#count === 0) throw new Error("leave() without enter()");
    this.#count -= 1;
    this.#sizeBytes -= sizeBytes;
    this.#admitWaiters();
  }

  /** Nothing more is sent: whoever waits, or comes later, goes on at once. */
  close(): void {
    this.#isClosed = true;
    this.#admitWaiters();
  }

  #admitWaiters(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next); next = this.#waiters[0]) {
      this.#waiters.shift();
      this.#count += 1;
      this.#sizeBytes += next.sizeBytes;
      next.admit();
    }
  }

  #fits(next: Waiter): boolean {
    return (
      this.#isClosed ||
      this.#count === 0 ||
      (this.#count < this.#countMax && this.#sizeBytes + next.sizeBytes <= this.#sizeBytesMax)
    );
  }
}
