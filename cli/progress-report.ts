// Where progress and notices go: on a terminal one line that is written over; elsewhere a plain line each tenth of the
// frame. A place in the queue is a line of its own whenever it changes. Always standard error.
import { type Progress, type SessionEvent, SessionState } from "../proto/gen/arras/v1/session_pb.ts";
import { type ProgressContext, progressLine, queueLine } from "./progress-line.ts";
import type { ProgressLines } from "./progress-lines.ts";

export interface ReportOptions extends ProgressContext {
  readonly quiet: boolean;
  /** Notices above this level are not shown: 1 error, 2 warning, 3 information. */
  readonly logLevel: number;
}

const levelNames = ["fatal", "error", "warning", "info"] as const;

const pausedText = "paused: it goes on when somebody resumes it (on its page, or arras-farm resume)";

const regionTexts = {
  whole: "the whole frame is rendered again",
  alone: "somebody has only a region rendered (on its page); progress is that of the region",
  done: "the region is done: the rest goes on when somebody lifts it (on its page: Esc)",
} as const;

export class ProgressReport {
  readonly #lines: ProgressLines;
  readonly #options: ReportOptions;
  #tenthsShown = -1;
  #queueShown = "";
  #isPaused = false;
  #region: keyof typeof regionTexts = "whole";

  constructor(lines: ProgressLines, options: ReportOptions) {
    this.#lines = lines;
    this.#options = options;
  }

  event(event: SessionEvent): void {
    for (const { level, text } of event.notices) {
      if (level <= this.#options.logLevel) this.say(`${levelNames[level] ?? "note"}: ${text}`);
    }
    if (event.state === SessionState.PAUSED) this.#pause(true);
    if (event.state === SessionState.RENDERING) this.#pause(false);
    this.#regionIs(event);
    if (event.queue === undefined) this.#queueShown = "";
    else if (!this.#options.quiet) this.#queue(queueLine(event.queue));
    if (event.progress !== undefined && event.progress.fraction > 0 && !this.#options.quiet)
      this.#progress(event.progress);
  }

  #pause(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (!this.#options.quiet) this.say(isPaused ? pausedText : "resumed");
  }

  #regionIs({ region }: SessionEvent): void {
    const role = region?.alone === true ? (region.done ? "done" : "alone") : "whole";
    if (role === this.#region) return;
    // Progress is that of other tiles now.
    if (role === "whole" || this.#region === "whole") this.#tenthsShown = -1;
    this.#region = role;
    if (!this.#options.quiet) this.say(regionTexts[role]);
  }

  /** Of what comes before the frame: a line as for its progress. `fraction`: 0 to 1. */
  transfer(text: string, fraction: number): void {
    if (!this.#options.quiet) this.#line(text, fraction);
  }

  /** The line is done with; the next one counts from 0. */
  transferEnded(): void {
    this.#lines.status("");
    this.#tenthsShown = -1;
  }

  /** One line of its own, above the progress line. */
  say(text: string): void {
    this.#lines.say(text);
  }

  /** Leaves the last progress line standing. */
  end(): void {
    this.#lines.end();
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
    if (!this.#lines.isLive) {
      const tenths = Math.floor(fraction * 10);
      if (tenths <= this.#tenthsShown) return;
      this.#tenthsShown = tenths;
    }
    this.#lines.status(line);
  }
}
