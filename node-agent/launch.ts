// Gives one computation's process its order and follows it to its end. It knows pipes and signals, not sessions; who may
// run what is decided in agent.ts.
import type { Clock } from "../host/clock.ts";
import { ArrasError } from "../proto/errors.ts";
import { type AgentNote, type Announcement, agentNoteToLine, announcementFromLine } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";
import type { ComputationChild } from "./computation-child.ts";
import { LineSplitter } from "./line-splitter.ts";
import { descendantsOf } from "./resident-set.ts";

export interface LaunchSettings {
  /** It waits for its order, and nobody has read from it yet. */
  readonly child: ComputationChild;
  /** The launch order, ended by a newline. */
  readonly orderLine: string;
  readonly clock: Clock;
  /** Each line that the child writes to standard error, or to standard output after its announcement. */
  readonly said: (line: string) => void;
  readonly launchTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly killGraceMs: number;
}

export const defaultGraces = {
  launchTimeoutMs: limits.launchTimeoutMs,
  stopGraceMs: limits.stopGraceMs,
  killGraceMs: limits.killGraceMs,
} as const;

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it never ran: no such program, no permission. */
  readonly spawnError?: string;
  /** The last lines it said. */
  readonly tail: readonly string[];
}

/** Grandchildren may hold the pipes open after the child is gone; its last words get this long. */
const lastWordsMs = 250;

export class RunningComputation {
  /** Rejects with `timed-out`, or `computation-crashed` when it ends or says something else first. */
  readonly announced: Promise<Announcement>;
  /** Never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ComputationChild;
  readonly #settings: LaunchSettings;
  readonly #tail: string[] = [];
  /** The newest note of each kind that its input had no room for yet. */
  readonly #waitingNotes = new Map<AgentNote["t"], AgentNote>();
  #hasExited = false;
  #isStopping = false;
  #settleAnnouncement: (outcome: Announcement | ArrasError) => void = () => {};

  constructor(settings: LaunchSettings) {
    this.#settings = settings;
    this.#child = settings.child;
    this.announced = this.#expectAnnouncement();
    // Whoever launches awaits it; a child that is stopped before anybody does must not end the agent.
    this.announced.catch(() => {});
    this.exited = this.#observeExit();
    this.#listen();
    // A child that is gone already makes the pipe break; its exit says more than the broken pipe.
    this.#child.stdin.on("error", () => {});
    this.#child.stdin.on("drain", () => this.#sendWaitingNotes());
    this.#child.stdin.write(settings.orderLine);
  }

  /** undefined when it never ran. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Tells it something while it lives. One that stands still gets only the newest of a kind when it goes on. */
  note(note: AgentNote): void {
    this.#waitingNotes.set(note.t, note);
    if (!this.#child.stdin.writableNeedDrain) this.#sendWaitingNotes();
  }

  #sendWaitingNotes(): void {
    const notes = [...this.#waitingNotes.values()];
    this.#waitingNotes.clear();
    if (this.#isStopping || this.#hasExited) return;
    for (const note of notes) this.#child.stdin.write(agentNoteToLine(note));
  }

  /** Closes its life line, then SIGTERM after the grace, then SIGKILL. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#isStopping && !this.#hasExited) {
      this.#isStopping = true;
      const { clock, stopGraceMs, killGraceMs } = this.#settings;
      this.#child.stdin.end();
      clock.after(stopGraceMs, () => {
        this.#signal("SIGTERM");
        clock.after(killGraceMs, () => this.#signal("SIGKILL"));
      });
    }
    await this.exited;
  }

  /** At once. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#child;
    if (this.#hasExited || pid === undefined) return;
    if (signal === "SIGTERM") this.#child.kill(signal);
    else killAll(pid);
  }

  #expectAnnouncement(): Promise<Announcement> {
    const { clock, launchTimeoutMs } = this.#settings;
    return new Promise<Announcement>((resolve, reject) => {
      const timer = clock.after(launchTimeoutMs, () => {
        reject(
          new ArrasError("timed-out", {
            message: `The computation did not announce itself within ${launchTimeoutMs} ms`,
            action: "See its log; a slow file system or an overloaded machine may be why.",
          }),
        );
        this.kill();
      });
      this.#settleAnnouncement = (outcome) => {
        timer.cancel();
        if (outcome instanceof ArrasError) reject(outcome);
        else resolve(outcome);
      };
    });
  }

  #listen(): void {
    const { said } = this.#settings;
    const keep = (line: string) => {
      this.#tail.push(line);
      if (this.#tail.length > limits.logTailLinesMax) this.#tail.shift();
      said(line);
    };
    const errorLines = new LineSplitter(limits.logLineCharsMax, keep);
    let isAnnounced = false;
    const outputLines = new LineSplitter(limits.logLineCharsMax, (line) => {
      if (isAnnounced) return keep(line);
      isAnnounced = true;
      this.#announce(line);
    });
    const { stderr, stdout } = this.#child;
    for (const [stream, lines] of [[stderr, errorLines] as const, [stdout, outputLines] as const]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => lines.push(chunk));
      stream.on("end", () => lines.end());
      stream.on("error", () => {});
    }
  }

  #announce(line: string): void {
    try {
      this.#settleAnnouncement(announcementFromLine(line));
    } catch (error) {
      this.#settleAnnouncement(ArrasError.from(error, "computation-crashed"));
      this.kill();
    }
  }

  #observeExit(): Promise<ProcessExit> {
    const { clock } = this.#settings;
    return new Promise<ProcessExit>((resolve) => {
      const settle = (exit: Omit<ProcessExit, "tail">) => {
        this.#hasExited = true;
        this.#settleAnnouncement(endedBeforeAnnouncement(exit, this.#tail));
        resolve({ ...exit, tail: [...this.#tail] });
      };
      this.#child.once("error", (error) => settle({ code: null, signal: null, spawnError: error.message }));
      this.#child.once("exit", (code, signal) => {
        this.#hasExited = true;
        const lastWords = clock.after(lastWordsMs, () => settle({ code, signal }));
        this.#child.once("close", () => {
          lastWords.cancel();
          settle({ code, signal });
        });
      });
    });
  }
}

/** The computation and what it started itself, e.g. a resident Blender, also where that made a group of its own. */
function killAll(pid: number): void {
  for (const each of [...descendantsOf(pid), -pid]) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // It is gone, and its exit is on its way.
    }
  }
}

/** "signal SIGSEGV", "code 3", and the last lines. */
export function exitText({ code, signal, spawnError, tail }: ProcessExit): string {
  const how = spawnError ?? (signal === null ? `code ${code}` : `signal ${signal}`);
  const words = tail.slice(-4).map(lastWord).join(" | ").slice(-600);
  return words === "" ? how : `${how}; it last said: ${words}`;
}

/** Of a structured log line only what it says. */
function lastWord(line: string): string {
  const message = /"msg":"((?:[^"\\]|\\.)*)"/.exec(line);
  return (message === null ? line : message[1]).slice(0, 300);
}

function endedBeforeAnnouncement(exit: Omit<ProcessExit, "tail">, tail: readonly string[]): ArrasError {
  return new ArrasError("computation-crashed", {
    message: `The computation ended before it announced itself: ${exitText({ ...exit, tail })}`,
    action: "Its last lines say why; run again with -l 4 for more.",
  });
}
