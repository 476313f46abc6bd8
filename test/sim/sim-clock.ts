// Simulated time: actions in the order of their times, and of their adding where those are equal. Nothing waits.
import type { Clock, Timer } from "../../host/clock.ts";

interface Entry {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

export class SimClock implements Clock {
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #order = 0;
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
    const entry: Entry = { atMs: Math.max(this.#nowMs, atMs), order: this.#order++, action };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
    return {
      cancel: () => {
        entry.action = undefined;
      },
    };
  }

  /** Runs what is next. False: there is nothing any more. */
  advance(): boolean {
    for (let entry = this.#take(); entry; entry = this.#take()) {
      if (entry.action === undefined) continue;
      this.#nowMs = entry.atMs;
      this.eventCount++;
      entry.action();
      return true;
    }
    return false;
  }

  #take(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
