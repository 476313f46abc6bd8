// Who waits until something holds that only changes when something comes: asked anew each time.

export class Lookers {
  readonly #looking = new Set<() => void>();

  /** Resolves when it holds, now or after a later look. */
  until(is: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!is()) return;
        this.#looking.delete(look);
        resolve();
      };
      this.#looking.add(look);
      look();
    });
  }

  /** Something came. */
  look(): void {
    for (const look of [...this.#looking]) look();
  }
}
