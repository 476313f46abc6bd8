// How an agent's groups are called, so that any later agent sees from the name whose they are, and whether their owner
// lives.
import type { AgentIdentity } from "./group-files.ts";

/** E.g. "arras-4026531836-1234-664178-0": namespace, process, its start, and a number or a word. */
export function groupName({ pidNamespace, pid, startTicks }: AgentIdentity, suffix: number | string): string {
  return `arras-${pidNamespace}-${pid}-${startTicks}-${suffix}`;
}

/** undefined: not a group of ours. */
export function ownerOf(name: string): AgentIdentity | undefined {
  const match = /^arras-(\d+)-(\d+)-(\d+)-\w+$/.exec(name);
  if (match === null) return undefined;
  return { pidNamespace: Number(match[1]), pid: Number(match[2]), startTicks: Number(match[3]) };
}

/** Field 22 of proc_pid_stat(5); the second, the name, may have spaces and parentheses itself. */
export function startTicksIn(stat: string): number | undefined {
  const field = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[22 - 3];
  return field === undefined || !/^\d+$/.test(field) ? undefined : Number(field);
}

/** Whether a group's agent is known to be dead; never of one whose process ids are not ours. */
export function isStale(
  owner: AgentIdentity,
  self: AgentIdentity,
  readStat: (pid: number) => string | undefined,
): boolean {
  if (owner.pidNamespace !== self.pidNamespace) return false;
  return startTicksIn(readStat(owner.pid) ?? "") !== owner.startTicks;
}
