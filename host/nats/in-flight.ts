// A bounded number of promises under way at once, in order where order is wanted. No clock, no retries.

/** Starts all, at most `countMax` at a time; resolves when all have, rejects with the first failure after all ended. */
export class InFlight {
  readonly #countMax: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly thrown: unknown } | undefined;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Resolves when there is room for one more, and throws what an earlier one failed with. */
  async start(operation: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#countMax) await Promise.race(this.#running);
    if (this.#failure !== undefined) throw this.#failure.thrown;
    const running: Promise<void> = operation()
      .catch((thrown) => {
        this.#failure ??= { thrown };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }
}

/** What `fetch` gives for 0, 1, … count - 1, in this order, with at most `countMax` asked ahead. */
export async function* inOrder<Item>(
  count: number,
  countMax: number,
  fetch: (index: number) => Promise<Item>,
): AsyncGenerator<Item> {
  const ahead: Promise<Item>[] = [];
  let next = 0;
  while (next < count || ahead.length > 0) {
    while (next < count && ahead.length < countMax) {
      const item = fetch(next++);
      // Nobody may be there to hear a failure when the reader stops early.
      item.catch(() => undefined);
      ahead.push(item);
    }
    yield await ahead.shift()!;
  }
}
