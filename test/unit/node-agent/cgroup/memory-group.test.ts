// One computation's group, on a cgroupfs in memory.
import { expect, it } from "vitest";
import { dialectOf } from "../../../../node-agent/cgroup/group-dialect.ts";
import { MemoryGroup } from "../../../../node-agent/cgroup/memory-group.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeGroupHost } from "../../../fakes/fake-group-host.ts";

const path = "/groups/g";

function groupOf(version: 1 | 2, lacking: readonly string[] = []) {
  const host = new FakeGroupHost({
    version,
    lacking,
    texts: { "/groups/cgroup.subtree_control": "memory\n" },
    groups: { "/groups": [], [path]: [] },
  });
  return {
    host,
    group: new MemoryGroup(path, dialectOf(version), host),
    file: (name: string) => host.texts.get(`${path}/${name}`),
  };
}

it("version 2 is limited -> limit, no swap, ended as a whole", () => {
  const { group, file } = groupOf(2);
  expect(group.limit(104_857_600)).toBe(true);
  expect([file("memory.max"), file("memory.swap.max"), file("memory.oom.group")]).toEqual([
    "104857600\n",
    "0\n",
    "1\n",
  ]);
});

it("version 2 on a kernel without swap -> limited all the same", () => {
  expect(groupOf(2, ["memory.swap.max"]).group.limit(1)).toBe(true);
});

it("version 1 without swap accounting -> the limit, and swapping is discouraged", () => {
  const { group, file } = groupOf(1, ["memory.memsw.limit_in_bytes"]);
  expect(group.limit(104_857_600)).toBe(true);
  expect(file("memory.limit_in_bytes")).toBe("104857600\n");
  expect(file("memory.swappiness")).toBe("0\n");
});

it("the kernel lacks the limit -> not limited", () => {
  expect(groupOf(2, ["memory.max"]).group.limit(1)).toBe(false);
  expect(groupOf(1, ["memory.limit_in_bytes"]).group.limit(1)).toBe(false);
});

it("it vanishes -> no reading, the process does not join, removing it succeeds", async () => {
  const { host, group } = groupOf(1);
  expect(group.reading()).toMatchObject({ isKilled: false });
  host.files.remove(path);
  expect(group.reading()).toBeUndefined();
  expect(group.join(90)).toBe(false);
  expect(await group.remove(new FakeClock())).toBe(true);
});

it("its computation is gone and a child is left -> the child is ended, then the group is removed", async () => {
  const { host, group } = groupOf(2);
  const clock = new FakeClock();
  group.join(90);
  const removal = group.remove(clock);
  expect(host.killed).toEqual([90]);
  clock.advance(20);
  expect(await removal).toBe(true);
  expect(host.groups.has(path)).toBe(false);
});

it("a child does not end -> it is given up after two seconds, without a timer left", async () => {
  const { host, group } = groupOf(1);
  const clock = new FakeClock();
  host.lingering.add(90);
  group.join(90);
  const removal = group.remove(clock);
  clock.advance(2000);
  expect(await removal).toBe(false);
  expect(clock.timerCount).toBe(0);
});

it("a member is of another PID namespace -> it reads as 0, and no signal is sent", () => {
  const { host, group } = groupOf(1);
  group.join(0);
  group.kill();
  expect(host.killed).toEqual([]);
});
