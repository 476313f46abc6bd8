// Programs as a shell starts them, listened to and killed: for the demonstration, and for tests of whole farms.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { processes } from "./processes.ts";

export class Program {
  readonly name: string;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #text = "";
  #hasExited = false;

  /** `echo`: what it says on standard error is shown as it comes. */
  constructor(
    name: string,
    command: string,
    args: readonly string[],
    { echo = false, env = process.env }: { readonly echo?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    this.name = name;
    this.#child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#text += chunk;
        if (echo && stream === this.#child.stderr) process.stderr.write(chunk);
        for (const listener of this.#listeners) listener();
      });
    }
    this.exited = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.#hasExited = true;
        for (const listener of this.#listeners) listener();
        resolve(code);
      };
      this.#child.once("error", (error) => {
        this.#text += error.message;
        end(null);
      });
      this.#child.once("close", end);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get text(): string {
    return this.#text;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) this.#child.kill(signal);
  }

  /** Resolves with the match when it has said it; rejects when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((found, missed) => {
      const look = () => {
        const match = pattern.exec(this.#text);
        if (match === null && !this.#hasExited) return;
        this.#listeners.delete(look);
        if (match === null) missed(new Error(`${this.name} ended without saying ${pattern}:\n${this.#text}`));
        else found(match);
      };
      this.#listeners.add(look);
      look();
    });
  }
}

/** Computations of the agents `parents` that run `main` and have their order (host/computation-title.ts). */
export function childrenOf(parents: readonly number[], main: string): number[] {
  return pidsBelow(parents, (command) => command.startsWith("arras-") && command.includes(main));
}

/** Processes of these agents that wait for an order. */
export function waitingBelow(parents: readonly number[]): number[] {
  return pidsBelow(parents, (command) => !command.startsWith("arras-") && /\bmain\.c?js\b/.test(command));
}

function pidsBelow(parents: readonly number[], is: (command: string) => boolean): number[] {
  return processes().flatMap(({ pid, parentPid, command }) =>
    parents.includes(parentPid) && is(command) ? [pid] : [],
  );
}

/** Systems hand out others for port 0 and for connections: 32768 and above on Linux, 49152 and above elsewhere. */
const ownPorts = { first: 20_000, count: 12_000 };

/** Nobody takes it by chance before it is used, or while who listens there is started again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ownPorts.first + Math.floor(Math.random() * ownPorts.count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    listener.listen(port, "127.0.0.1", () => listener.close(() => resolve(true)));
  });
}
