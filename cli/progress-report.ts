// Where progress and notices go: on a terminal one line that is written over; elsewhere a plain line each tenth of the
// frame. A place in the queue is a line of its own whenever it changes. Always standard error.
import type { Progress, SessionEvent } from "../proto/gen/arras/v1/session_pb.ts";
import { type ProgressContext, progressLine, queueLine } from "./progress-line.ts";

/** What is written to; process.stderr. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ReportOptions extends ProgressContext {
  readonly quiet: boolean;
  /** Notices above this level are not shown: 1 error, 2 warning, 3 information. */
  readonly logLevel: number;
}

const levelNames = ["fatal", "error", "warning", "info"] as const;

export class ProgressReport {
  readonly #terminal: Terminal;
  readonly #options: ReportOptions;
  #tenthsShown = -1;
  #hasLine = false;
  #queueShown = "";

  constructor(terminal: Terminal, options: ReportOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  event(event: SessionEvent): void {
    for (const { level, text } of event.notices) {
      if (level <= this.#options.logLevel) this.say(`${levelNames[level] ?? "note"}: ${text}`);
    }
    if (event.queue !== undefined && !this.#options.quiet) this.#queue(queueLine(event.queue));
    if (event.progress !== undefined && event.progress.fraction > 0 && !this.#options.quiet)
      this.#progress(event.progress);
  }

  /** Of what comes before the frame: a line as for its progress. `fraction`: 0 to 1. */
  transfer(text: string, fraction: number): void {
    if (!this.#options.quiet) this.#line(text, fraction);
  }

  /** The line is done with; the next one counts from 0. */
  transferEnded(): void {
    this.#clear();
    this.#tenthsShown = -1;
  }

  /** One line of its own, above the progress line. */
  say(text: string): void {
    this.#clear();
    this.#terminal.write(`${text}\n`);
  }

  /** Leaves the last progress line standing. */
  end(): void {
    if (this.#hasLine) this.#terminal.write("\n");
    this.#hasLine = false;
  }

  #queue(line: string): void {
    if (line !== this.#queueShown) this.say(line);
    this.#queueShown = line;
  }

  #progress(progress: Progress): void {
    // Of a session that is gone on with, only the coordinator knows the budget.
    const budgetSpp = progress.budgetSpp || this.#options.budgetSpp;
    this.#line(progressLine(progress, { budgetSpp }), progress.fraction);
  }

  #line(line: string, fraction: number): void {
    if (this.#terminal.isTTY === true) {
      this.#terminal.write(`\r\u001b[2K${line.slice(0, (this.#terminal.columns ?? 80) - 1)}`);
      this.#hasLine = true;
      return;
    }
    const tenths = Math.floor(fraction * 10);
    if (tenths <= this.#tenthsShown) return;
    this.#tenthsShown = tenths;
    this.#terminal.write(`${line}\n`);
  }

  #clear(): void {
    if (this.#hasLine) this.#terminal.write("\r\u001b[2K");
    this.#hasLine = false;
  }
}
