// The life line of a computation: its first line is the launch order, later ones are its agent's notes, its end means
// that the launcher is gone.

import { limits } from "../proto/limits.ts";

export interface StandardInput {
  /** Resolves with the first line; rejects if the input ends before it. */
  readonly firstLine: Promise<string>;
  /** Resolves when the input ends. */
  readonly ended: Promise<void>;
  /** Gives each later line to `listener`, first those that came before somebody listened. */
  listen(listener: (line: string) => void): void;
}

export interface InputBounds {
  /** Of characters: a first line that is longer is handed out as far as it was read, for its reader to refuse. */
  readonly firstLineCharsMax: number;
  /** Of a later line; a longer one is dropped. */
  readonly laterLineCharsMax: number;
  /** Later lines that wait for a listener; then the oldest is dropped. */
  readonly waitingLinesMax: number;
}

const defaultBounds: InputBounds = {
  firstLineCharsMax: limits.launchOrderSizeBytesMax,
  laterLineCharsMax: limits.agentNoteSizeBytesMax,
  waitingLinesMax: limits.agentNotesWaitingMax,
};

export function readStandardInput(input: NodeJS.ReadableStream, bounds = defaultBounds): StandardInput {
  let resolveFirst: (line: string) => void = () => {};
  let rejectFirst: (error: Error) => void = () => {};
  const firstLine = new Promise<string>((resolve, reject) => {
    resolveFirst = resolve;
    rejectFirst = reject;
  });
  const ended = new Promise<void>((resolve) => {
    input.on("end", () => {
      rejectFirst(new Error("standard input ended before the launch order"));
      resolve();
    });
  });
  const later = new LaterLines(bounds.waitingLinesMax);
  let isFirst = true;
  let begun = "";
  let isTooLong = false;
  const add = (part: string) => {
    if (isTooLong) return;
    begun += part;
    isTooLong = begun.length > (isFirst ? bounds.firstLineCharsMax : bounds.laterLineCharsMax);
    if (isTooLong && isFirst) resolveFirst(begun);
  };
  const endLine = () => {
    if (isFirst) resolveFirst(begun);
    else if (!isTooLong) later.take(begun);
    isFirst = false;
    begun = "";
    isTooLong = false;
  };
  input.setEncoding("utf8");
  input.on("data", (chunk: string) => {
    const parts = chunk.split("\n");
    parts.forEach((part, at) => {
      add(part);
      if (at < parts.length - 1) endLine();
    });
  });
  return { firstLine, ended, listen: (listener) => later.listen(listener) };
}

class LaterLines {
  readonly #waitingMax: number;
  readonly #waiting: string[] = [];
  #listener: ((line: string) => void) | undefined;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  take(line: string): void {
    if (this.#listener !== undefined) {
      this.#listener(line);
      return;
    }
    this.#waiting.push(line);
    if (this.#waiting.length > this.#waitingMax) this.#waiting.shift();
  }

  listen(listener: (line: string) => void): void {
    this.#listener = listener;
    for (const line of this.#waiting.splice(0)) listener(line);
  }
}
