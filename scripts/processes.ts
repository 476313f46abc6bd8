// The processes of this machine, for the demonstration, tests and benchmarks. Linux: from /proc.
import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly parentPid: number;
  /** "Z": it has ended, and nobody has asked how. */
  readonly state: string;
  /** Its words, or what it calls itself. */
  readonly command: string;
  /** User and system time so far. */
  readonly processorMs: number;
}

export function processes(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    const found = /^\d+$/.test(name) ? processOf(Number(name)) : undefined;
    return found === undefined ? [] : [found];
  });
}

/** undefined: there is none, or it has ended meanwhile. */
export function processOf(pid: number): Process | undefined {
  try {
    // pid (name) state parent ...; the name may hold anything, also parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    const [state = "", parentPid] = fields;
    // In hundredths of a second.
    const processorMs = 10 * (Number(fields[11]) + Number(fields[12]));
    return { pid, parentPid: Number(parentPid), state, command, processorMs };
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  const found = processOf(pid);
  return found !== undefined && found.state !== "Z";
}
