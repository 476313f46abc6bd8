// What a coordinator that waits does with itself comes to its end, and ends early when there is something real to do.
import { describe, expect, it } from "vitest";
import { rehearseSessions, rehearseWhenIdle } from "../../../../coordinator/rehearsal/rehearsal.ts";
import type { Log } from "../../../../host/log.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

it("two sessions -> both are submitted, rendered, seen, stopped and closed", async () => {
  expect(await rehearseSessions(2, () => true)).toBe(2);
});

it("a real session comes during the first -> it is stopped early, and no second one is begun", async () => {
  let askedCount = 0;
  expect(await rehearseSessions(2, () => ++askedCount === 1)).toBe(0);
});

describe("a coordinator that may be idle", () => {
  it("was for some seconds, and has a session now -> it plays none, and says so", async () => {
    const clock = new FakeClock();
    const told = new Promise<unknown[]>((resolve) => {
      const log = { info: (...said: unknown[]) => resolve(said) } as unknown as Log;
      rehearseWhenIdle(20, () => false, clock, log);
    });
    clock.advance(60_000);
    expect(await told).toEqual([{ sessionCount: 0 }, "sessions were rehearsed"]);
  });

  it("is to rehearse none -> it never begins", () => {
    const clock = new FakeClock();
    rehearseWhenIdle(0, () => true, clock, silentLog);
    expect(clock.timerCount).toBe(0);
  });

  it("ends before it was idle for long -> nothing is rehearsed", () => {
    const clock = new FakeClock();
    rehearseWhenIdle(20, () => true, clock, silentLog).end();
    expect(clock.timerCount).toBe(0);
  });
});
