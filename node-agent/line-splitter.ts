// Cuts a stream of text into lines with a bound on each: what is longer is cut, never collected.

export class LineSplitter {
  readonly #charsMax: number;
  readonly #take: (line: string) => void;
  #begun = "";
  #isCut = false;

  constructor(charsMax: number, take: (line: string) => void) {
    this.#charsMax = charsMax;
    this.#take = take;
  }

  push(chunk: string): void {
    const parts = chunk.split("\n");
    parts.forEach((part, at) => {
      this.#add(part);
      if (at < parts.length - 1) this.end();
    });
  }

  /** Also gives out a last line that no newline ended. */
  end(): void {
    if (this.#begun !== "") this.#take(this.#isCut ? `${this.#begun} …` : this.#begun);
    this.#begun = "";
    this.#isCut = false;
  }

  #add(part: string): void {
    const room = this.#charsMax - this.#begun.length;
    if (part.length > room) this.#isCut = true;
    this.#begun += part.slice(0, Math.max(0, room));
  }
}
