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
 * In a group the kernel judges: a resident set also has pages that count for somebody else, e.g. of a shared library.
 * Only where it could not be told to keep the group out of swap, what is there counts here. The peak is from both: the
 * group's sum has all processes, but is read now and then only; the process's own peak misses nothing, and is no more
 * than was charged. undefined: nothing is known.
 */
export function judgeMemory(
  limitBytes: number,
  group: GroupReading | undefined,
  process: MemoryReading | undefined,
): MemoryJudgement | undefined {
  if (group === undefined) {
    return process === undefined ? undefined : { ...process, isOver: isOverLimit(limitBytes, process) };
  }
  const { swappedBytes, isKilled } = group;
  const residentBytes = group.residentBytes + swappedBytes;
  const isSwapping = swappedBytes > 0 && residentBytes > limitBytes;
  const chargedBytes = group.chargedPeakBytes ?? limitBytes;
  // Caches are charged too, but at a kill there are hardly any: the kernel drops them first.
  const ownBytes = isKilled ? chargedBytes : Math.min(process?.peakBytes ?? 0, chargedBytes);
  return { residentBytes, peakBytes: Math.max(residentBytes, ownBytes), isOver: isKilled || isSwapping };
}
