// The two versions of the kernel's memory controller: which files set a limit, and what their texts mean. Sources:
// the kernel's admin-guide/cgroup-v2.rst and admin-guide/cgroup-v1/memory.rst.

export interface GroupReading {
  /** What cannot be given back: anonymous and shared memory of all the group's processes. Caches of files are not in. */
  readonly residentBytes: number;
  /** Of the same, what was swapped out: nothing, where the kernel let us limit it. */
  readonly swappedBytes: number;
  /** Most that was charged, as the kernel saw it, caches included; undefined where it does not say (before 5.19). */
  readonly chargedPeakBytes: number | undefined;
  /** The kernel ended a process of the group because the group was at its limit. */
  readonly isKilled: boolean;
}

export interface LimitSetting {
  readonly file: string;
  readonly text: string;
  /** Otherwise a kernel may lack it. */
  readonly isRequired: boolean;
}

type ReadFile = (file: string) => string | undefined;

export interface GroupDialect {
  readonly enforcement: "cgroup-v2" | "cgroup-v1";
  readonly limitFile: string;
  /** In this order: version 1 refuses a limit with swap that is below the one without. */
  limitSettings(limitBytes: number): readonly LimitSetting[];
  /** undefined: the group is gone. */
  reading(read: ReadFile): GroupReading | undefined;
}

const version2: GroupDialect = {
  enforcement: "cgroup-v2",
  limitFile: "memory.max",
  limitSettings: (limitBytes) => [
    { file: "memory.max", text: String(limitBytes), isRequired: true },
    // Not there in a kernel without swap.
    { file: "memory.swap.max", text: "0", isRequired: false },
    // All of the group or nothing: a computation that lost one of its processes would wait for it.
    { file: "memory.oom.group", text: "1", isRequired: false },
  ],
  reading(read) {
    const stat = read("memory.stat");
    const events = read("memory.events");
    if (stat === undefined || events === undefined) return undefined;
    return {
      residentBytes: (countOf(stat, "anon") ?? 0) + (countOf(stat, "shmem") ?? 0),
      swappedBytes: numberIn(read("memory.swap.current")) ?? 0,
      chargedPeakBytes: numberIn(read("memory.peak")),
      // Without the first it was the machine, or a group above ours, that had no more.
      isKilled: (countOf(events, "oom") ?? 0) > 0 && (countOf(events, "oom_kill") ?? 0) > 0,
    };
  },
};

/** The kernel charges up to a huge page (2 MiB) at once; the last charge, which was refused, is not in the peak. */
const atLimitBytes = 4 * 2 ** 20;

const version1: GroupDialect = {
  enforcement: "cgroup-v1",
  limitFile: "memory.limit_in_bytes",
  limitSettings: (limitBytes) => [
    { file: "memory.limit_in_bytes", text: String(limitBytes), isRequired: true },
    // Not there without swap accounting; swappiness does most of it then, and the agent watches the rest.
    { file: "memory.memsw.limit_in_bytes", text: String(limitBytes), isRequired: false },
    { file: "memory.swappiness", text: "0", isRequired: false },
    // A group inherits it when its parent waits instead of killing.
    { file: "memory.oom_control", text: "0", isRequired: false },
  ],
  reading(read) {
    const stat = read("memory.stat");
    const control = read("memory.oom_control");
    if (stat === undefined || control === undefined) return undefined;
    const chargedPeakBytes = numberIn(read("memory.max_usage_in_bytes"));
    const limitBytes = numberIn(read("memory.limit_in_bytes")) ?? Number.POSITIVE_INFINITY;
    return {
      residentBytes: (countOf(stat, "total_rss") ?? 0) + (countOf(stat, "total_shmem") ?? 0),
      swappedBytes: countOf(stat, "total_swap") ?? 0,
      chargedPeakBytes,
      // Otherwise it was the machine, or a group above ours, that had no more. Not memory.failcnt: kernel 6.18 leaves it 0.
      isKilled: (countOf(control, "oom_kill") ?? 0) > 0 && (chargedPeakBytes ?? 0) >= limitBytes - atLimitBytes,
    };
  },
};

export function dialectOf(version: 1 | 2): GroupDialect {
  return version === 2 ? version2 : version1;
}

/** Version 2 says "max" where there is no limit, version 1 a number near 2⁶³. */
export function isUnlimited(limitText: string | undefined): boolean {
  const limitBytes = numberIn(limitText);
  return limitBytes === undefined || limitBytes > 2 ** 62;
}

/** The number behind a name at a line's beginning: "oom_kill 3". */
function countOf(text: string, name: string): number | undefined {
  return numberIn(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+\s*$/.test(text) ? undefined : Number(text);
}
