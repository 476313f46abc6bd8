// Reads how much memory a process occupies, from Linux's /proc (proc_pid_status(5)).
import { existsSync, readFileSync } from "node:fs";
import type { MemoryReading } from "./memory-watchdog.ts";

/** Whether this system can tell. */
export function canReadResidentSet(): boolean {
  return existsSync("/proc/self/status");
}

/** undefined: the process is gone, or has no memory of its own any more (a zombie). */
export function readResidentSet(pid: number): MemoryReading | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return undefined;
  }
  const residentBytes = sizeBytes(status, "VmRSS");
  const peakBytes = sizeBytes(status, "VmHWM");
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  // The kernel updates the peak lazily.
  return { residentBytes, peakBytes: Math.max(residentBytes, peakBytes) };
}

function sizeBytes(status: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}
