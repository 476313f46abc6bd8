// How often something happened in simulations, by name.
export class Counts {
  readonly #counts = new Map<string, number>();

  note(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  add(other: Counts): void {
    for (const [name, count] of other.#counts) this.note(name, count);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** By name. */
  list(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
