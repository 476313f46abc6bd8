// The lower end of a terminal while a film renders: a picture, and below it the line of progress. Other lines go above,
// and scroll away as always. Everything that is to be there is kept as it should be now and written in one piece when
// the terminal has taken the piece before: a slow terminal shows less, and holds up nobody. Each piece leaves the terminal
// as a shell would: whoever is killed between two leaves nothing to clean up.
import { limits } from "../../../proto/limits.ts";
import type { ProgressLines } from "../../progress-lines.ts";

export interface TerminalDevice {
  readonly columns: number;
  readonly rows: number;
  /** Resolves when the terminal has taken it; never rejects. */
  write(text: string): Promise<void>;
}

export interface ShownPicture {
  /** Draws it with its upper left corner at the cursor. */
  readonly text: string;
  readonly columns: number;
  readonly rows: number;
  /** Its cells hold text, which a terminal may wrap when it becomes narrower. */
  readonly isText: boolean;
}

const esc = "\u001b";
/** Save and restore the cursor; hide and show it; hold the screen's update until the other (terminals that lack it ignore it). */
const [save, restore] = [`${esc}7`, `${esc}8`];
const [begin, end] = [`${esc}[?2026h${esc}[?25l`, `${esc}[?25h${esc}[?2026l`];

export class TerminalScreen implements ProgressLines {
  readonly isLive = true;
  readonly #device: TerminalDevice;
  #said: string[] = [];
  #status = "";
  #picture: ShownPicture | undefined;
  #isPictureNew = false;
  #isStatusNew = false;
  /** What the terminal has of it now, its cursor in the line below. */
  #drawn: ShownPicture | undefined;
  #isWriting = false;
  #isEnded = false;
  #whenWritten: (() => void)[] = [];

  constructor(device: TerminalDevice) {
    this.#device = device;
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return !this.#isWriting;
  }

  get device(): TerminalDevice {
    return this.#device;
  }

  status(line: string): void {
    this.#status = line;
    this.#isStatusNew = true;
    this.#flush();
  }

  say(line: string): void {
    this.#said.push(line);
    if (this.#said.length > limits.terminalLinesMax) this.#said.shift();
    this.#flush();
  }

  /** The picture may still get better: `close` leaves it. */
  end(): void {}

  show(picture: ShownPicture): void {
    this.#picture = picture;
    this.#isPictureNew = true;
    this.#flush();
  }

  /** Resolves when nothing waits. */
  async written(): Promise<void> {
    while (this.#isWriting) await new Promise<void>((resolve) => this.#whenWritten.push(resolve));
  }

  /** Picture and progress stay as they are; what is said from now on comes below. */
  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#flush();
  }

  #flush(): void {
    if (this.#isWriting) return;
    const text = this.#piece();
    if (text === "") return;
    this.#isWriting = true;
    void this.#device.write(text).then(() => {
      this.#isWriting = false;
      for (const written of this.#whenWritten.splice(0)) written();
      this.#flush();
    });
  }

  /** What brings the terminal from what it has to what it should have; "": nothing. */
  #piece(): string {
    const picture = this.#picture;
    const isOver = this.#isEnded && picture === undefined && this.#drawn === undefined && this.#status === "";
    if (isOver) return this.#said.splice(0).reduce((text, line) => `${text}${line}\n`, "");
    if (this.#said.length === 0 && !this.#isPictureNew && !this.#isStatusNew && !this.#isEnded) return "";
    const isMoved = this.#said.length > 0 || picture?.rows !== this.#drawn?.rows || this.#hasOtherWidth(picture);
    let text = begin;
    if (isMoved) {
      text += this.#erasure();
      for (const line of this.#said.splice(0)) text += `${line}\n`;
      if (picture !== undefined) text += "\n".repeat(picture.rows);
    }
    if (picture !== undefined && (isMoved || this.#isPictureNew))
      text += `\r${up(picture.rows)}${save}${picture.text}${restore}${down(picture.rows)}`;
    this.#drawn = picture;
    text += `\r${esc}[2K${this.#status.slice(0, this.#device.columns - 1)}`;
    [this.#isPictureNew, this.#isStatusNew] = [false, false];
    if (this.#isEnded) {
      text += this.#status === "" ? "" : "\n";
      this.#picture = undefined;
      this.#drawn = undefined;
      this.#status = "";
    }
    return text + end;
  }

  #hasOtherWidth(picture: ShownPicture | undefined): boolean {
    return this.#drawn !== undefined && (picture?.columns ?? 0) < this.#drawn.columns;
  }

  /** Of the picture and the progress below it; the cursor is then where the picture began. */
  #erasure(): string {
    if (this.#drawn === undefined) return `\r${esc}[J`;
    // What became narrower meanwhile has wrapped its lines, as most terminals do.
    const { isText, columns, rows: drawnRows } = this.#drawn;
    const wraps = isText ? Math.ceil(columns / Math.max(1, this.#device.columns)) : 1;
    const rows = Math.min(drawnRows * wraps, this.#device.rows - 1);
    return `\r${up(rows)}${esc}[J`;
  }
}

function up(rows: number): string {
  return rows > 0 ? `${esc}[${rows}A` : "";
}

function down(rows: number): string {
  return rows > 0 ? `${esc}[${rows}B` : "";
}
