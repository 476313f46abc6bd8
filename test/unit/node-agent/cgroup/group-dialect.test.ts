import { expect, it } from "vitest";
import { dialectOf, isUnlimited } from "../../../../node-agent/cgroup/group-dialect.ts";

const reader = (files: Record<string, string>) => (file: string) => files[file];

const v2Files = {
  "memory.stat": "anon 300\nfile 5000\nkernel 9\nshmem 20\ninactive_anon 77\n",
  "memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\noom_group_kill 1\n",
  "memory.peak": "4096\n",
  "memory.swap.current": "7\n",
};
const v1Files = {
  "memory.stat":
    "cache 5000\nrss 1\nshmem 1\ntotal_cache 5000\ntotal_rss 300\ntotal_rss_huge 9\ntotal_shmem 20\ntotal_swap 7\n",
  "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
  "memory.limit_in_bytes": "5000\n",
  "memory.max_usage_in_bytes": "4096\n",
};

it.each([
  [2, v2Files],
  [1, v1Files],
] as const)("version %i was at its limit -> resident without caches, the kernel's peak, killed", (version, files) => {
  expect(dialectOf(version).reading(reader(files))).toEqual({
    residentBytes: 320,
    swappedBytes: 7,
    chargedPeakBytes: 4096,
    isKilled: true,
  });
});

it("a kernel before 5.19 says no peak -> it is unknown, the rest is read", () => {
  const { "memory.peak": _, ...older } = v2Files;
  expect(dialectOf(2).reading(reader(older))).toMatchObject({ chargedPeakBytes: undefined, isKilled: true });
});

it.each([
  [2, { ...v2Files, "memory.swap.current": "" }],
  [1, { ...v1Files, "memory.stat": "total_rss 300\ntotal_shmem 20\n" }],
] as const)("version %i on a machine without swap -> nothing is swapped out", (version, files) => {
  expect(dialectOf(version).reading(reader(files))?.swappedBytes).toBe(0);
});

it("a process was ended while its group had room: the machine had none -> not killed by its own limit", () => {
  expect(dialectOf(2).reading(reader({ ...v2Files, "memory.events": "max 0\noom 0\noom_kill 1\n" }))?.isKilled).toBe(
    false,
  );
  expect(dialectOf(1).reading(reader({ ...v1Files, "memory.limit_in_bytes": "104857600\n" }))?.isKilled).toBe(false);
});

it("caches were dropped at the limit and nothing was ended -> not killed", () => {
  const control = "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n";
  expect(dialectOf(1).reading(reader({ ...v1Files, "memory.oom_control": control }))?.isKilled).toBe(false);
  expect(dialectOf(2).reading(reader({ ...v2Files, "memory.events": "max 9\noom 0\noom_kill 0\n" }))?.isKilled).toBe(
    false,
  );
});

it.each([1, 2] as const)("version %i: the group has vanished -> no reading", (version) => {
  expect(dialectOf(version).reading(() => undefined)).toBeUndefined();
});

it("version 1 is limited -> the limit without swap is set before the limit with it", () => {
  const files = dialectOf(1)
    .limitSettings(5)
    .map(({ file, isRequired }) => [file, isRequired]);
  expect(files.slice(0, 2)).toEqual([
    ["memory.limit_in_bytes", true],
    ["memory.memsw.limit_in_bytes", false],
  ]);
});

it.each([
  ["max\n", true],
  ["9223372036854771712\n", true],
  [undefined, true],
  ["1073741824\n", false],
  ["0\n", false],
])("a limit reads %j -> unlimited: %s", (text, expected) => {
  expect(isUnlimited(text)).toBe(expected);
});
