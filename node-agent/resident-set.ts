// Reads how much memory a process and its descendants occupy, from Linux's /proc (proc_pid_status(5)).
import { existsSync, readFileSync } from "node:fs";
import { limits } from "../proto/limits.ts";
import type { MemoryReading } from "./memory-watchdog.ts";

/** Whether this system can tell. */
export function canReadResidentSet(): boolean {
  return existsSync("/proc/self/status");
}

/** undefined: the process is gone, or has no memory of its own any more (a zombie). */
export function readResidentSet(pid: number): MemoryReading | undefined {
  const own = statusOf(pid);
  if (own === undefined) return undefined;
  let residentBytes = own.occupiedBytes;
  for (const each of descendantsOf(pid)) residentBytes += statusOf(each)?.occupiedBytes ?? 0;
  // The kernel updates the peak lazily.
  return { residentBytes, peakBytes: Math.max(residentBytes, own.peakBytes) };
}

/** What a process has started, and what that has, also in process groups of their own. */
export function descendantsOf(pid: number): number[] {
  const family = [pid];
  for (const member of family) family.push(...childrenOf(member).slice(0, limits.watchedProcessesMax - family.length));
  return family.slice(1);
}

function statusOf(pid: number): { readonly occupiedBytes: number; readonly peakBytes: number } | undefined {
  const status = textOf(`/proc/${pid}/status`);
  const residentBytes = sizeBytes(status, "VmRSS");
  const peakBytes = sizeBytes(status, "VmHWM");
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  return { occupiedBytes: residentBytes + (sizeBytes(status, "VmSwap") ?? 0), peakBytes };
}

/** Those that its main thread started, as Node.js and renderers do; none where the kernel does not tell. */
function childrenOf(pid: number): number[] {
  const words = textOf(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
  return words.map(Number).filter((child) => child > 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sizeBytes(status: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}
