// What a coordinator that waits does with itself comes to its end, and ends early when there is something real to do.
import { expect, it } from "vitest";
import { rehearseSessions, rehearseWhenIdle } from "../../../../coordinator/rehearsal/rehearsal.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

it("two sessions -> both are submitted, rendered, seen, stopped and closed", async () => {
  expect(await rehearseSessions(2, () => true)).toBe(2);
});

it("a real session comes during the first -> it is stopped early, and no second one is begun", async () => {
  let askedCount = 0;
  expect(await rehearseSessions(2, () => ++askedCount === 1)).toBe(0);
});

it("it ends before it was idle for long -> nothing is rehearsed", () => {
  const asked: string[] = [];
  const isIdle = () => {
    asked.push("idle?");
    return true;
  };
  rehearseWhenIdle(isIdle, silentLog).end();
  expect(asked).toEqual([]);
});
