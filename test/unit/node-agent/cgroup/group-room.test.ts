import { expect, it } from "vitest";
import { groupRoomBytes } from "../../../../node-agent/cgroup/group-room.ts";
import type { Hierarchy } from "../../../../node-agent/cgroup/hierarchies.ts";

const v2: Hierarchy = { version: 2, mountPath: "/g", ownPath: "/g/unit/agent" };
const v1: Hierarchy = { version: 1, mountPath: "/m", ownPath: "/m" };
const roomOf = (hierarchies: readonly Hierarchy[], files: Record<string, string>) =>
  groupRoomBytes(hierarchies, (path) => files[path]);

it("no group is limited, or there is none -> no bound", () => {
  expect(roomOf([], {})).toBe(Number.POSITIVE_INFINITY);
  expect(roomOf([v2], { "/g/unit/memory.max": "max\n", "/g/unit/memory.current": "5\n" })).toBe(
    Number.POSITIVE_INFINITY,
  );
  expect(roomOf([v1], { "/m/memory.limit_in_bytes": "9223372036854771712\n", "/m/memory.usage_in_bytes": "5\n" })).toBe(
    Number.POSITIVE_INFINITY,
  );
});

it("a unit above ours is limited -> what it has left, files that can be dropped counted as free", () => {
  const files = {
    "/g/unit/memory.max": "1000\n",
    "/g/unit/memory.current": "700\n",
    "/g/unit/memory.stat": "anon 300\ninactive_file 400\nactive_file 9\n",
  };
  expect(roomOf([v2], files)).toBe(700);
});

it("a container's limit stands at the mount's root, and is overdrawn -> nothing, not less", () => {
  const files = { "/m/memory.limit_in_bytes": "1000\n", "/m/memory.usage_in_bytes": "1200\n" };
  expect(roomOf([v1], files)).toBe(0);
});

it("two groups are limited -> the tighter", () => {
  const files = {
    "/g/memory.max": "500\n",
    "/g/memory.current": "100\n",
    "/g/unit/agent/memory.max": "300\n",
    "/g/unit/agent/memory.current": "0\n",
  };
  expect(roomOf([v2], files)).toBe(300);
});
