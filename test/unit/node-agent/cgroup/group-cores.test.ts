import { expect, it } from "vitest";
import { groupCores } from "../../../../node-agent/cgroup/group-cores.ts";
import type { Hierarchy } from "../../../../node-agent/cgroup/hierarchies.ts";

const v2: Hierarchy = { version: 2, mountPath: "/g", ownPath: "/g/unit/agent" };
const v1: Hierarchy = { version: 1, mountPath: "/c", ownPath: "/c" };
const coresOf = (hierarchies: readonly Hierarchy[], files: Record<string, string>) =>
  groupCores(hierarchies, (path) => files[path]);

it("no group has a quota, or there is none -> no bound", () => {
  expect(coresOf([], {})).toBe(Number.POSITIVE_INFINITY);
  expect(coresOf([v2], { "/g/unit/cpu.max": "max 100000\n" })).toBe(Number.POSITIVE_INFINITY);
  expect(coresOf([v1], { "/c/cpu.cfs_quota_us": "-1\n", "/c/cpu.cfs_period_us": "100000\n" })).toBe(
    Number.POSITIVE_INFINITY,
  );
});

it("a container with a quota, of either version -> its cores, also a fraction", () => {
  expect(coresOf([v2], { "/g/cpu.max": "250000 100000\n" })).toBe(2.5);
  expect(coresOf([v1], { "/c/cpu.cfs_quota_us": "400000\n", "/c/cpu.cfs_period_us": "100000\n" })).toBe(4);
});

it("two groups have one -> the tighter", () => {
  expect(coresOf([v2], { "/g/unit/cpu.max": "800000 100000\n", "/g/unit/agent/cpu.max": "50000 100000\n" })).toBe(0.5);
});
