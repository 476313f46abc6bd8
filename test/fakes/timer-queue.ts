// What happens when, for simulated time.

export interface Waiting {
  readonly atMs: number;
  readonly order: number;
  /** undefined: it is not wanted any more. */
  run: (() => void) | undefined;
}

/** A binary heap by time, then by order of adding. */
export class TimerQueue {
  readonly #heap: Waiting[] = [];
  #order = 0;

  add(atMs: number, run: () => void): Waiting {
    const heap = this.#heap;
    const timer: Waiting = { atMs, order: this.#order++, run };
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = timer;
    return timer;
  }

  take(): Waiting | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return top;
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

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
