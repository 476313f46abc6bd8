import { expect, it } from "vitest";
import { hierarchiesOf, memoryHierarchies, pathsBelowRoot } from "../../../../node-agent/cgroup/hierarchies.ts";

const v1Mount = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory";
const v2Mount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
const hybridMount = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";
const noise =
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";

it("a system has version 2 alone -> our group under its mount", () => {
  expect(memoryHierarchies("0::/user.slice/a.scope\n", `${noise}\n${v2Mount}\n`)).toEqual([
    { version: 2, mountPath: "/sys/fs/cgroup", ownPath: "/sys/fs/cgroup/user.slice/a.scope" },
  ]);
});

it("a system has version 1 alone -> the hierarchy of the memory controller, not that of another", () => {
  expect(memoryHierarchies("9:cpu:/x\n4:memory:/render/n1\n", `${noise}\n${v1Mount}`)).toEqual([
    { version: 1, mountPath: "/sys/fs/cgroup/memory", ownPath: "/sys/fs/cgroup/memory/render/n1" },
  ]);
});

it("a system has both -> both, version 2 first", () => {
  const both = memoryHierarchies("4:memory:/a\n0::/\n", `${v1Mount}\n${hybridMount}`);
  expect(both.map(({ version, ownPath }) => [version, ownPath])).toEqual([
    [2, "/sys/fs/cgroup/unified"],
    [1, "/sys/fs/cgroup/memory/a"],
  ]);
});

it("a container sees its own group as the mount's root -> the path is the mount", () => {
  const mount = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
  expect(memoryHierarchies("4:memory:/docker/abc\n", mount)[0]?.ownPath).toBe("/sys/fs/cgroup/memory");
  expect(memoryHierarchies("4:memory:/docker/abc/x\n", mount)[0]?.ownPath).toBe("/sys/fs/cgroup/memory/x");
  expect(memoryHierarchies("4:memory:/docker/abcd\n", mount)).toEqual([]);
});

it("our group is outside of what the namespace shows -> none", () => {
  expect(memoryHierarchies("0::/../other\n", v2Mount)).toEqual([]);
});

it("nothing is mounted, or nothing can be read -> none", () => {
  expect(memoryHierarchies("0::/\n", noise)).toEqual([]);
  expect(memoryHierarchies("", "")).toEqual([]);
});

it("a mount's path has a space -> it is read as the kernel writes it", () => {
  const mount = "30 23 0:26 / /my\\040groups rw - cgroup2 cgroup2 rw";
  expect(memoryHierarchies("0::/a\n", mount)[0]?.ownPath).toBe("/my groups/a");
});

it("a group lies three deep -> it and those above it, without the root", () => {
  const mountPath = "/sys/fs/cgroup";
  expect(pathsBelowRoot({ version: 2, mountPath, ownPath: `${mountPath}/a/b` })).toEqual([
    `${mountPath}/a/b`,
    `${mountPath}/a`,
  ]);
  expect(pathsBelowRoot({ version: 2, mountPath, ownPath: mountPath })).toEqual([]);
});

it("the processor's controller is asked for -> its hierarchy, also where it shares one", () => {
  const mount = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";
  expect(hierarchiesOf("cpu", "9:cpu,cpuacct:/x\n4:memory:/render/n1\n", `${v1Mount}\n${mount}`)).toEqual([
    { version: 1, mountPath: "/sys/fs/cgroup/cpu,cpuacct", ownPath: "/sys/fs/cgroup/cpu,cpuacct/x" },
  ]);
});
