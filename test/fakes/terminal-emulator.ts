// A terminal as far as the command uses one: cells, a cursor, scrolling; pictures by kitty graphics and sixels where they
// were drawn. Throws for a sequence that it does not know: garbage on a real screen.

export interface PlacedPicture {
  readonly row: number;
  readonly column: number;
  /** The whole escape sequences. */
  readonly text: string;
}

export class TerminalEmulator {
  readonly columns: number;
  readonly rows: number;
  /** What has scrolled away, and the screen, as text. */
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };
  /** By its id; a sixel's is its place. */
  readonly pictures = new Map<string, PlacedPicture>();
  pictureCount = 0;
  isCursorShown = true;
  #rest = "";
  /** A kitty picture whose end has not come. */
  #chunks = "";

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Without what stands at the ends of lines and is empty; half blocks count as text. */
  get text(): string[] {
    return this.#lines.map((line) =>
      Array.from(line, (each) => each ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  get cursorRow(): number {
    return this.#row;
  }

  take(text: string): void {
    this.#rest += text.replaceAll("\u001b", "␛");
    const sequence = /^(?:␛\[([?\d;]*)([A-Za-z])|␛([78])|␛(_G|P)([^␛]*)␛\\|([^␛]))/su;
    for (;;) {
      const match = sequence.exec(this.#rest);
      if (match === null) break;
      this.#rest = this.#rest.slice(match[0].length);
      const [whole, parameters = "", final, saving, kind, body = "", character] = match;
      if (final !== undefined) this.#control(parameters, final);
      else if (saving === "7") this.#saved = { row: this.#row, column: this.#column };
      else if (saving === "8") [this.#row, this.#column] = [this.#saved.row, this.#saved.column];
      else if (kind === "_G") this.#kitty(whole.replaceAll("␛", "\u001b"), body);
      else if (kind === "P") this.#place(`sixel ${this.#row} ${this.#column}`, whole.replaceAll("␛", "\u001b"));
      else this.#print(character ?? "");
    }
    if (this.#rest.length > 1 && !/^␛(\[[?\d;]*|_G[^␛]*␛?|P[^␛]*␛?|_)$/s.test(this.#rest))
      throw new Error(`a terminal would show ${JSON.stringify(this.#rest.slice(0, 40))}`);
  }

  #print(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") {
      this.#row += 1;
      // A terminal's driver makes two of it.
      this.#column = 0;
    } else {
      if (this.#column >= this.columns) this.#print("\n");
      const line = this.#line(this.#row);
      line[this.#column] = character;
      this.#column += 1;
    }
    this.#line(this.#row);
  }

  #line(row: number): string[] {
    while (this.#lines.length <= row) this.#lines.push([]);
    return this.#lines[row] ?? [];
  }

  #control(parameters: string, final: string): void {
    const count = Number(parameters) || 1;
    const top = Math.max(0, this.#lines.length - this.rows);
    if (final === "A") this.#row = Math.max(top, this.#row - count);
    else if (final === "B") this.#row = Math.min(top + this.rows - 1, this.#row + count);
    else if (final === "K") this.#lines[this.#row] = [];
    else if (final === "J") this.#eraseBelow();
    else if (parameters === "?25") this.isCursorShown = final === "h";
    else if (!(final === "m" || parameters === "?2026" || final === "c" || final === "t"))
      throw new Error(`a terminal does not know ${parameters}${final}`);
  }

  #eraseBelow(): void {
    this.#lines.length = this.#row + 1;
    this.#line(this.#row).length = this.#column;
    for (const [id, { row }] of this.pictures) if (row >= this.#row) this.pictures.delete(id);
  }

  #kitty(whole: string, body: string): void {
    if (body.includes("a=q")) return;
    this.#chunks += whole;
    if (/(^|,)m=1/.test(body)) return;
    const id = /,i=(\d+)/.exec(this.#chunks)?.[1];
    this.#place(`kitty ${id}`, this.#chunks);
    this.#chunks = "";
  }

  #place(id: string, text: string): void {
    this.pictureCount += 1;
    this.pictures.set(id, { row: this.#row, column: this.#column, text });
  }
}
