// The first Ctrl-C stops what runs, or what will run; the second leaves at once.

export class Interruption {
  readonly #leave: () => void;
  #wishCount = 0;
  #stop: (() => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  wish(): void {
    this.#wishCount += 1;
    if (this.#wishCount > 1) this.#leave();
    else this.#stop?.();
  }

  /** A wish that came before is granted now. */
  whenWished(stop: () => void): void {
    this.#stop = stop;
    if (this.#wishCount > 0) stop();
  }
}
