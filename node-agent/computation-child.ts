// A computation's process as it is started: pipes, no shell, its own process group.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** A program and its arguments, e.g. this Node.js and a compiled main.js. */
export interface ComputationEntry {
  readonly command: string;
  readonly args: readonly string[];
}

export type ComputationChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** `environment`: all of it. It waits for its order; one that never ran emits "error". */
export function spawnComputation(
  { command, args }: ComputationEntry,
  environment: { readonly [name: string]: string },
): ComputationChild {
  return spawn(command, args, {
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    shell: false,
    // A group of its own: signals to ours (a terminal's Ctrl-C, `timeout`) are for us to translate into a stop, and
    // SIGKILL reaches what it started too. It still ends with us, because its input closes.
    detached: true,
  });
}
