// Puts together what is known of one computation's memory: from its cgroup, where it has one, and from its process.
import type { GroupReading } from "./cgroup/group-dialect.ts";
import { isOverLimit, type MemoryReading } from "./memory-watchdog.ts";

export interface MemoryJudgement {
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Its processes are to be ended, or the kernel has ended one of them. */
  readonly isOver: boolean;
}

/**
 * In a group only the kernel judges: a resident set also has pages that count for somebody else, e.g. of a shared
 * library. Its peak is taken from both: the group's has all processes but is read every 100 ms only, the process's misses
 * nothing. undefined: nothing is known.
 */
export function judgeMemory(
  limitBytes: number,
  group: GroupReading | undefined,
  process: MemoryReading | undefined,
): MemoryJudgement | undefined {
  if (group === undefined) {
    return process === undefined ? undefined : { ...process, isOver: isOverLimit(limitBytes, process) };
  }
  const residentBytes = Math.max(group.residentBytes, process?.residentBytes ?? 0);
  const peakBytes = Math.max(residentBytes, process?.peakBytes ?? 0);
  if (!group.isKilled) return { residentBytes, peakBytes, isOver: false };
  // Caches are in the kernel's peak, but at a kill there are hardly any: it drops them first.
  return { residentBytes, peakBytes: Math.max(peakBytes, group.chargedPeakBytes ?? limitBytes), isOver: true };
}
