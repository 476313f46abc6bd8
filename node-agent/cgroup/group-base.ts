// Finds the folder under which this agent may make memory groups, by making one and removing it; for version 2 it gets
// the folder ready first. It leaves no limit anywhere, and does not leave a limit that somebody else set.
import { dialectOf, type GroupDialect, isUnlimited } from "./group-dialect.ts";
import type { AgentIdentity, GroupFiles, GroupHost } from "./group-files.ts";
import { groupName, ownerOf } from "./group-names.ts";
import { type Hierarchy, memoryHierarchies, pathsBelowRoot } from "./hierarchies.ts";

export interface GroupBase {
  readonly path: string;
  readonly dialect: GroupDialect;
}

/** The suffix of the group that an agent moves itself to; computations have numbers. */
const agentSuffix = "agent";

/** undefined: no memory group may be made here, which is usual for a person's desktop. */
export function findGroupBase({ files, identity }: GroupHost): GroupBase | undefined {
  const hierarchies = memoryHierarchies(
    files.read("/proc/self/cgroup") ?? "",
    files.read("/proc/self/mountinfo") ?? "",
  );
  // Under our own group its limits go on to hold for what we start; the root is for where our own is not ours to divide.
  const own = hierarchies.map((each) => ({ version: each.version, path: basePathOf(each) }));
  const roots = hierarchies
    .filter((each) => mayLeave(each, files))
    .map((each) => ({ version: each.version, path: each.mountPath }));
  for (const { version, path } of [...own, ...roots]) {
    const dialect = dialectOf(version);
    if (version === 2 && !delegatesMemory(path, files, identity)) continue;
    if (accepts(path, dialect, files, identity)) return { path, dialect };
  }
  return undefined;
}

/** Our own group, or the one above it when an agent of this process has moved to a group of its own already. */
function basePathOf({ ownPath }: Hierarchy): string {
  const at = ownPath.lastIndexOf("/");
  const name = ownPath.slice(at + 1);
  return name.endsWith(`-${agentSuffix}`) && ownerOf(name) !== undefined ? ownPath.slice(0, at) : ownPath;
}

/** At the root, a computation would be free of the limits of the groups that the agent is in: a container's, a unit's. */
function mayLeave(hierarchy: Hierarchy, files: GroupFiles): boolean {
  const { limitFile } = dialectOf(hierarchy.version);
  return pathsBelowRoot(hierarchy).every((path) => isUnlimited(files.read(`${path}/${limitFile}`)));
}

/**
 * Version 2 gives a controller to a group's children only where the group itself has no processes (cgroup-v2.rst, "No
 * Internal Process Constraint"). Alone in it (a container, a unit with Delegate=yes), the agent moves to a child;
 * other people's processes are not moved.
 */
function delegatesMemory(path: string, files: GroupFiles, identity: AgentIdentity): boolean {
  const wordsIn = (file: string) => (files.read(`${path}/${file}`) ?? "").trim().split(/\s+/);
  if (!wordsIn("cgroup.controllers").includes("memory")) return false;
  const isDelegated = () => wordsIn("cgroup.subtree_control").includes("memory");
  const delegate = () => files.write(`${path}/cgroup.subtree_control`, "+memory") && isDelegated();
  if (isDelegated() || delegate()) return true;
  if (wordsIn("cgroup.procs").join() !== String(identity.pid)) return false;
  const agentPath = `${path}/${groupName(identity, agentSuffix)}`;
  if (files.make(agentPath) === "refused") return false;
  if (files.write(`${agentPath}/cgroup.procs`, String(identity.pid)) && delegate()) return true;
  files.write(`${path}/cgroup.procs`, String(identity.pid));
  files.remove(agentPath);
  return false;
}

/** Whether a group can be made there, and has a limit that we may set. */
function accepts(path: string, { limitFile }: GroupDialect, files: GroupFiles, identity: AgentIdentity): boolean {
  const probePath = `${path}/${groupName(identity, "probe")}`;
  if (files.make(probePath) === "refused") return false;
  const limitPath = `${probePath}/${limitFile}`;
  const present = files.read(limitPath);
  const isWritable = present !== undefined && files.write(limitPath, present.trim());
  return files.remove(probePath) === "removed" && isWritable;
}
