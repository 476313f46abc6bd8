// Where the command's lines go: one that is written over, and others above it.

/** What is written to; process.stderr. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressLines {
  /** One line is shown as it changes; otherwise each is a line of its own. */
  readonly isLive: boolean;
  /** In place of the one before; "": none. */
  status(line: string): void;
  /** A line of its own, above it. */
  say(line: string): void;
  /** What is there stays. */
  end(): void;
}

export function linesOf(terminal: Terminal): ProgressLines {
  const isLive = terminal.isTTY === true;
  let hasStatus = false;
  const clear = () => {
    if (hasStatus) terminal.write("\r\u001b[2K");
    hasStatus = false;
  };
  return {
    isLive,
    status: (line) => {
      if (line === "") clear();
      else if (isLive) {
        terminal.write(`\r\u001b[2K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
        hasStatus = true;
      } else terminal.write(`${line}\n`);
    },
    say: (line) => {
      clear();
      terminal.write(`${line}\n`);
    },
    end: () => {
      if (hasStatus) terminal.write("\n");
      hasStatus = false;
    },
  };
}
