// The terminal that the command was started in, written to through standard error.
import { readFileSync, write } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { TerminalDevice } from "./terminal-screen.ts";

const standardErrorFd = 2;
/** Of a terminal that takes nothing just now, where it says so instead of waiting. */
const againAfterMs = 20;

/**
 * Not process.stderr.write: that waits for the terminal, and with it the farm that may be in this process (Node.js,
 * "A note on process I/O").
 */
export const standardErrorDevice: TerminalDevice = {
  get columns() {
    return process.stderr.columns || 80;
  },
  get rows() {
    return process.stderr.rows || 24;
  },
  async write(text) {
    let left = Buffer.from(text, "utf8");
    while (left.length > 0) {
      const [error, count] = await written(left);
      if (error !== null && error.code !== "EAGAIN") return;
      if (error !== null) await delay(againAfterMs);
      left = left.subarray(count);
    }
  },
};

function written(bytes: Buffer): Promise<[NodeJS.ErrnoException | null, number]> {
  return new Promise((resolve) => write(standardErrorFd, bytes, (error, count) => resolve([error, error ? 0 : count])));
}

/** Whether its terminal listens to other processes now. Where that cannot be found out: no. */
export function isInBackground(): boolean {
  try {
    // pid (name) state parent group session terminal group-of-the-terminal: proc(5).
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[2] !== fields[5];
  } catch {
    return false;
  }
}
