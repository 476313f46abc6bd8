// Where groups are made, and what becomes of them, on a cgroupfs in memory.
import { describe, expect, it } from "vitest";
import { MemoryGroups } from "../../../../node-agent/cgroup/memory-groups.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeGroupHost, type FakeHostSetup } from "../../../fakes/fake-group-host.ts";
import { settled } from "../../../fakes/settled.ts";

const mebibyte = 2 ** 20;
const v1Root = "/sys/fs/cgroup/memory";
const v2Root = "/sys/fs/cgroup";
const v1Proc = {
  "/proc/self/cgroup": "4:memory:/render\n",
  "/proc/self/mountinfo": `35 31 0:32 / ${v1Root} rw - cgroup cgroup rw,memory\n`,
};
const v2Proc = {
  "/proc/self/cgroup": "0::/render\n",
  "/proc/self/mountinfo": `30 23 0:26 / ${v2Root} rw - cgroup2 cgroup2 rw\n`,
};
const delegatedTexts = {
  ...v2Proc,
  [`${v2Root}/cgroup.subtree_control`]: "memory pids\n",
  [`${v2Root}/render/cgroup.subtree_control`]: "memory\n",
};

const v1Host = (setup: Partial<FakeHostSetup> = {}) =>
  new FakeGroupHost({ version: 1, texts: v1Proc, groups: { [v1Root]: [], [`${v1Root}/render`]: [77] }, ...setup });
const v2Host = (setup: Partial<FakeHostSetup> = {}) =>
  new FakeGroupHost({
    version: 2,
    texts: delegatedTexts,
    groups: { [v2Root]: [], [`${v2Root}/render`]: [] },
    ...setup,
  });

const statOf = (ticks: number) => `9 (node) S ${"0 ".repeat(18)}${ticks} 0`;

describe("an agent looks for a place for its groups", () => {
  it("version 1 lets it divide its own group -> there, and the probe is gone", () => {
    const host = v1Host();
    const groups = MemoryGroups.open(host);
    expect(groups?.enforcement).toBe("cgroup-v1");
    expect([...host.groups.keys()]).toEqual([v1Root, `${v1Root}/render`]);
    expect(groups?.create(100 * mebibyte)?.path).toBe(`${v1Root}/render/arras-5-77-1000-0`);
  });

  it("version 2 delegates memory to its group -> there", () => {
    const groups = MemoryGroups.open(v2Host());
    expect(groups?.enforcement).toBe("cgroup-v2");
    expect(groups?.create(100 * mebibyte)?.path).toBe(`${v2Root}/render/arras-5-77-1000-0`);
  });

  it("version 2 holds the agent alone in its group -> it moves to a child, and the group is divided", () => {
    const texts = { ...v2Proc, [`${v2Root}/cgroup.subtree_control`]: "memory\n" };
    const host = v2Host({ texts, groups: { [v2Root]: [], [`${v2Root}/render`]: [77] } });
    expect(MemoryGroups.open(host)?.create(mebibyte)?.path).toBe(`${v2Root}/render/arras-5-77-1000-0`);
    expect([...(host.groups.get(`${v2Root}/render/arras-5-77-1000-agent`) ?? [])]).toEqual([77]);
  });

  it("it has moved already -> a second agent of the process uses the same place", () => {
    const host = v2Host({
      texts: { ...delegatedTexts, "/proc/self/cgroup": "0::/render/arras-5-77-1000-agent\n" },
      groups: { [v2Root]: [], [`${v2Root}/render`]: [], [`${v2Root}/render/arras-5-77-1000-agent`]: [77] },
    });
    expect(MemoryGroups.open(host)?.create(mebibyte)?.path).toBe(`${v2Root}/render/arras-5-77-1000-0`);
  });

  it("version 2 has other people's processes in its group -> they are not moved; the root is taken", () => {
    const texts = { ...v2Proc, [`${v2Root}/cgroup.subtree_control`]: "memory\n" };
    const host = v2Host({ texts, groups: { [v2Root]: [], [`${v2Root}/render`]: [77, 78] } });
    expect(MemoryGroups.open(host)?.create(mebibyte)?.path).toBe(`${v2Root}/arras-5-77-1000-0`);
    expect([...(host.groups.get(`${v2Root}/render`) ?? [])]).toEqual([77, 78]);
  });

  it("its own group has a limit and may not be divided -> it is not left for the root", () => {
    const limit = { [`${v1Root}/render/memory.limit_in_bytes`]: "1073741824\n" };
    const refused = [`${v1Root}/render`];
    expect(MemoryGroups.open(v1Host({ refused, texts: { ...v1Proc, ...limit } }))).toBeUndefined();
    expect(MemoryGroups.open(v1Host({ refused }))?.create(1)?.path).toBe(`${v1Root}/arras-5-77-1000-0`);
  });

  it("both versions are there and version 2 has no memory controller (hybrid) -> version 1", () => {
    const unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    const texts = {
      "/proc/self/cgroup": "4:memory:/render\n0::/\n",
      "/proc/self/mountinfo": `${v1Proc["/proc/self/mountinfo"]}${unified}`,
      "/sys/fs/cgroup/unified/cgroup.controllers": "hugetlb\n",
    };
    expect(MemoryGroups.open(v1Host({ texts }))?.enforcement).toBe("cgroup-v1");
  });

  it.each([
    ["may not write anywhere (a desktop)", v2Host({ refused: [v2Root] })],
    ["sees a read-only version 1 (a plain container)", v1Host({ refused: [v1Root] })],
    ["has no cgroups", v1Host({ texts: {} })],
    ["finds a kernel without the limit", v1Host({ lacking: ["memory.limit_in_bytes"] })],
  ])("it %s -> none, and nothing is left behind", (_, host) => {
    const before = [...host.groups.keys()];
    expect(MemoryGroups.open(host)).toBeUndefined();
    expect([...host.groups.keys()]).toEqual(before);
  });

  it("it may make groups but not delegate memory -> it moves back, and none", () => {
    const farm = `${v2Root}/render`;
    const texts = { ...v2Proc, [`${v2Root}/cgroup.subtree_control`]: "memory\n" };
    const refused = [`${farm}/cgroup.subtree_control`, `${v2Root}/arras-5-77-1000-probe`];
    const host = v2Host({ texts, refused, groups: { [v2Root]: [], [farm]: [77] } });
    expect(MemoryGroups.open(host)).toBeUndefined();
    expect([...(host.groups.get(farm) ?? [])]).toEqual([77]);
    expect([...host.groups.keys()]).toEqual([v2Root, farm]);
  });
});

it("dead agents left groups -> they are emptied and removed; those of the living and of strangers stay", async () => {
  const farm = `${v1Root}/render`;
  const [dead, reused, alive, elsewhere] = ["5-8-1-0", "5-9-1-0", "5-9-2-0", "6-8-1-0"].map(
    (id) => `${farm}/arras-${id}`,
  );
  const host = v1Host({
    texts: { ...v1Proc, "/proc/9/stat": statOf(2) },
    groups: {
      [v1Root]: [],
      [farm]: [77],
      [`${farm}/user.slice`]: [],
      ...{ [dead ?? ""]: [500], [reused ?? ""]: [], [alive ?? ""]: [9], [elsewhere ?? ""]: [] },
    },
  });
  const clock = new FakeClock();
  const removal = MemoryGroups.open(host)?.removeStale(clock);
  await settled();
  clock.advance(20);
  expect(await removal).toBe(2);
  expect(host.killed).toEqual([500]);
  expect([...host.groups.keys()]).toEqual([v1Root, farm, `${farm}/user.slice`, alive, elsewhere]);
});

it("a name is taken by another agent of the process -> the next", () => {
  const host = v1Host();
  MemoryGroups.open(host)?.create(1);
  expect(MemoryGroups.open(host)?.create(1)?.path).toBe(`${v1Root}/render/arras-5-77-1000-1`);
});

it("it vanishes between two computations, and its parent with it -> the next is not made", () => {
  const host = v1Host();
  const groups = MemoryGroups.open(host);
  host.groups.delete(`${v1Root}/render`);
  expect(groups?.create(1)).toBeUndefined();
});
