// How much memory the groups that this process is in leave to it and its children: a container's limit, a unit's. Not
// what the machine has.
import { isUnlimited } from "./group-dialect.ts";
import { type Hierarchy, pathsBelowRoot } from "./hierarchies.ts";

const filesOf = {
  1: { limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", cache: "total_inactive_file" },
  2: { limit: "memory.max", usage: "memory.current", cache: "inactive_file" },
} as const;

/** ∞ where no group is limited. The tightest of ours, those above it and the mount's root (in a container, its own). */
export function groupRoomBytes(hierarchies: readonly Hierarchy[], read: (path: string) => string | undefined): number {
  const rooms = hierarchies.flatMap((each) =>
    [...pathsBelowRoot(each), each.mountPath].map((path) => roomAt(path, each.version, read)),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...rooms);
}

function roomAt(path: string, version: 1 | 2, read: (path: string) => string | undefined): number {
  const { limit, usage, cache } = filesOf[version];
  const limitText = read(`${path}/${limit}`);
  const usedBytes = Number.parseInt(read(`${path}/${usage}`) ?? "", 10);
  if (isUnlimited(limitText) || !Number.isFinite(usedBytes)) return Number.POSITIVE_INFINITY;
  // Pages of files that nobody uses are dropped before anything is refused; Kubernetes counts so too ("working set").
  const stat = read(`${path}/memory.stat`) ?? "";
  const droppableBytes = Number(new RegExp(`^${cache} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  return Math.max(0, Number(limitText) - Math.max(0, usedBytes - droppableBytes));
}
