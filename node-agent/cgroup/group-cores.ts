// How many cores the groups that this process is in leave to it and its children: a container's quota, a unit's. Not
// what the machine has.
import { type Hierarchy, pathsBelowRoot } from "./hierarchies.ts";

type Read = (path: string) => string | undefined;

/** ∞ where no group is limited; may be a fraction. The tightest of ours, those above it and the mount's root. */
export function groupCores(hierarchies: readonly Hierarchy[], read: Read): number {
  const quotas = hierarchies.flatMap((each) =>
    [...pathsBelowRoot(each), each.mountPath].map((path) => quotaAt(path, each.version, read)),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/** Version 2 says "200000 100000" or "max 100000", version 1 has a file for each and -1 for none (microseconds). */
function quotaAt(path: string, version: 1 | 2, read: Read): number {
  const text =
    version === 2
      ? (read(`${path}/cpu.max`) ?? "")
      : `${(read(`${path}/cpu.cfs_quota_us`) ?? "").trim()} ${read(`${path}/cpu.cfs_period_us`) ?? ""}`;
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  return quota === undefined || Number(period) === 0 ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
}
