// Former owners of sessions are kept out.
import { expect, it } from "vitest";
import { OwnerFence } from "../../../node-agent/owner-fence.ts";
import { limits } from "../../../proto/limits.ts";

it("a higher revision was seen -> lower ones are refused, equal and higher ones pass, other sessions too", () => {
  const fence = new OwnerFence();
  fence.admit("s", 5n);
  fence.admit("s", 5n);
  fence.admit("s", 7n);
  expect(() => fence.admit("s", 6n)).toThrow(expect.objectContaining({ code: "session-state" }));
  fence.admit("t", 1n);
  fence.admit("s", 0n);
  expect(() => fence.admit("s", 1n)).toThrow(/owned the session since/);
});

it("more sessions than are remembered -> the one that was heard of longest ago is forgotten", () => {
  const fence = new OwnerFence();
  fence.admit("first", 9n);
  for (let at = 0; at < limits.fencedSessionsMax; at += 1) fence.admit(`s${at}`, 2n);
  fence.admit("first", 1n);
  expect(() => fence.admit(`s${limits.fencedSessionsMax - 1}`, 1n)).toThrow();
});
