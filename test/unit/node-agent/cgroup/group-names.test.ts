import fc from "fast-check";
import { expect, it } from "vitest";
import { groupName, isStale, ownerOf, startTicksIn } from "../../../../node-agent/cgroup/group-names.ts";

const self = { pid: 77, startTicks: 1000, pidNamespace: 5 };
const statOf = (ticks: number, name = "node") =>
  `77 (${name}) S 1 77 77 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 31 4 18446744073709551615 1`;

it("a group is named -> its owner is read from the name", () => {
  const natural = fc.nat();
  fc.assert(
    fc.property(natural, natural, natural, natural, (pid, startTicks, pidNamespace, number) => {
      const identity = { pid, startTicks, pidNamespace };
      expect(ownerOf(groupName(identity, number))).toEqual(identity);
    }),
  );
});

it.each(["arras", "arras-1-2-3", "arras-1-2-x-4", "xarras-1-2-3-4", "user.slice", ""])(
  "a group is called %j -> it is nobody's of ours",
  (name) => {
    expect(ownerOf(name)).toBeUndefined();
  },
);

it("a program's name has parentheses and spaces -> its start is read all the same", () => {
  expect(startTicksIn(statOf(664178, "a) R 1 (b"))).toBe(664178);
  expect(startTicksIn("")).toBeUndefined();
});

it.each([
  ["is alive -> it is not stale", statOf(1000), false],
  ["is gone -> it is stale", undefined, true],
  ["is gone and its number is another process's -> it is stale", statOf(1001), true],
])("a group's agent %s", (_, stat, expected) => {
  expect(isStale(self, self, () => stat)).toBe(expected);
});

it("a group's agent lives in another PID namespace -> the group is never stale", () => {
  expect(isStale({ ...self, pidNamespace: 6 }, self, () => undefined)).toBe(false);
});
