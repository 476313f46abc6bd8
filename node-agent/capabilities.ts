// What this machine offers to computations, by asking the operating system.
import { readFileSync } from "node:fs";
import { arch, availableParallelism, freemem, hostname, loadavg } from "node:os";
import { groupCores } from "./cgroup/group-cores.ts";
import { groupRoomBytes } from "./cgroup/group-room.ts";
import { hierarchiesOf } from "./cgroup/hierarchies.ts";
import type { Gpu } from "./gpus.ts";
import { canReadResidentSet } from "./resident-set.ts";

export interface NodeCapabilities {
  readonly host: string;
  readonly coreCount: number;
  readonly memoryBytes: number;
  readonly architecture: string;
  /** Without cgroups, which the agent looks for itself: "none" where a limit can be reserved but not enforced. */
  readonly memoryEnforcement: "watchdog" | "none";
  /** See Heartbeat; empty where nobody else's bits have to be the same. */
  readonly instructionSet: string;
  readonly rendererVersions: readonly string[];
  readonly gpus: readonly Gpu[];
}

/** Of now. */
export interface NodeLoad {
  readonly memoryFreeBytes: number;
  readonly loadAverage: number;
}

/** Kept for the operating system and our own processes, as Arras's node does. */
const keptMemoryBytes = 2 ** 30;

export function readCapabilities(): NodeCapabilities {
  return {
    host: hostname(),
    coreCount: Math.max(1, Math.floor(Math.min(availableParallelism(), groupCores(hierarchies("cpu"), readText)))),
    memoryBytes: Math.max(0, availableMemoryBytes() - keptMemoryBytes),
    architecture: arch(),
    memoryEnforcement: canReadResidentSet() ? "watchdog" : "none",
    instructionSet: "",
    rendererVersions: [],
    gpus: [],
  };
}

export function readLoad(): NodeLoad {
  return { memoryFreeBytes: availableMemoryBytes(), loadAverage: loadavg()[0] ?? 0 };
}

/**
 * What can be had without swapping (MemAvailable: free memory and caches that can be dropped), and no more than our
 * cgroups allow: in a container /proc shows the host's memory.
 */
function availableMemoryBytes(): number {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readText("/proc/meminfo") ?? "");
  const ofMachine = available === null ? freemem() : Number(available[1]) * 1024;
  return Math.min(ofMachine, groupRoomBytes(hierarchies("memory"), readText));
}

function hierarchies(controller: "memory" | "cpu") {
  return hierarchiesOf(controller, readText("/proc/self/cgroup") ?? "", readText("/proc/self/mountinfo") ?? "");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
