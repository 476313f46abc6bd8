// How many calls of one kind a client has open at a time. Pure.

export class ConcurrentCalls {
  readonly #counts = new Map<string, number>();

  /** What to call at the end of the call, once or more; undefined: it would be one too many. */
  enter(client: string, kind: string, max: number): (() => void) | undefined {
    const key = `${kind} ${client}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= max) return undefined;
    this.#counts.set(key, count + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }

  /** Clients and kinds with open calls. */
  get size(): number {
    return this.#counts.size;
  }
}
