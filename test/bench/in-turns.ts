// Two programs that are compared run at the same time in turns: while one runs, the other's processes stand still
// (SIGSTOP). A machine whose speed drifts, as shared ones do by a third within minutes, then drifts for both alike.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { processes } from "../../scripts/processes.ts";

/** An executable's arguments, for this Node. */
export type ProgramArgs = readonly string[];

export interface Turns {
  /** Time in which its processes could run, from its start to its end. */
  readonly activeMs: number;
  readonly lastLine: string;
}

/** Longer than any unit by far, so that few are cut in two and look slow; shorter than the drift. */
const usualTurnMs = 4000;

/** Rejects when either ends with another code than 0. */
export async function inTurns(
  first: ProgramArgs,
  second: ProgramArgs,
  turnMs = usualTurnMs,
): Promise<readonly [Turns, Turns]> {
  const programs = [new Program(first), new Program(second)] as const;
  try {
    for (let turn = 0; programs.some(({ hasEnded }) => !hasEnded); turn++) {
      const program = programs[turn % 2]!;
      if (!program.hasEnded) await program.run(turnMs);
    }
  } finally {
    for (const program of programs) program.kill();
  }
  return [programs[0].result(), programs[1].result()];
}

class Program {
  readonly #args: ProgramArgs;
  #child: ChildProcess | undefined;
  #ended: Promise<void> | undefined;
  #code: number | null | undefined;
  #output = "";
  #complaints = "";
  #activeMs = 0;

  constructor(args: ProgramArgs) {
    this.#args = args;
  }

  get hasEnded(): boolean {
    return this.#code !== undefined;
  }

  async run(forMs: number): Promise<void> {
    const startedMs = performance.now();
    if (this.#child === undefined) this.#start();
    else signalTree(this.#child.pid!, "SIGCONT");
    const turnOver = new AbortController();
    await Promise.race([this.#ended, wait(forMs, undefined, { signal: turnOver.signal }).catch(() => {})]);
    turnOver.abort();
    if (!this.hasEnded) signalTree(this.#child!.pid!, "SIGSTOP");
    this.#activeMs += performance.now() - startedMs;
  }

  kill(): void {
    if (this.#child !== undefined && !this.hasEnded) signalTree(this.#child.pid!, "SIGKILL");
  }

  result(): Turns {
    if (this.#code !== 0)
      throw new Error(`${this.#args.join(" ")} ended with code ${this.#code}:\n${this.#complaints}`);
    return { activeMs: this.#activeMs, lastLine: this.#output.trimEnd().split("\n").pop() ?? "" };
  }

  #start(): void {
    const env = { ...process.env, UV_THREADPOOL_SIZE: "8" };
    const child = spawn(process.execPath, this.#args, { stdio: ["ignore", "pipe", "pipe"], env });
    this.#child = child;
    child.stdout.on("data", (chunk) => {
      this.#output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.#complaints += chunk;
    });
    this.#ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        this.#code = code;
        resolve();
      });
    });
  }
}

/** To a process and all that descend from it. */
function signalTree(rootPid: number, signal: NodeJS.Signals): void {
  const parents = new Map(processes().map(({ pid, parentPid }) => [pid, parentPid]));
  const isBelow = (pid: number): boolean => pid === rootPid || (parents.has(pid) && isBelow(parents.get(pid)!));
  for (const pid of [...parents.keys()].filter(isBelow)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
