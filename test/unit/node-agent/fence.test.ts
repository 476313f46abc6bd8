// A node that is cut off from its farm.
import { expect, it } from "vitest";
import type { Clock } from "../../../host/clock.ts";
import { fenceWhenCutOff } from "../../../node-agent/fence.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

function fenced() {
  const clock = new FakeClock();
  let stoodStillMs = 0;
  const ofProcess: Clock = {
    nowMs: () => clock.nowMs() + stoodStillMs,
    after: (delayMs, action) => clock.after(delayMs, action),
  };
  let told: (connected: boolean) => void = () => {};
  let cutOffCount = 0;
  const onChange = (listener: typeof told) => {
    told = listener;
    return () => {
      told = () => {};
    };
  };
  const end = fenceWhenCutOff({ onChange }, ofProcess, () => {
    cutOffCount += 1;
  });
  const standStill = (forMs: number) => {
    stoodStillMs += forMs;
  };
  return { clock, standStill, end, change: (connected: boolean) => told(connected), count: () => cutOffCount };
}

it("cut off for longer than the limit -> told once; back in time -> not at all; each absence counts anew", () => {
  const { clock, change, count } = fenced();
  change(false);
  clock.advance(limits.nodeAwayMsMax - 1);
  change(true);
  clock.advance(limits.nodeAwayMsMax);
  expect(count()).toBe(0);
  change(false);
  clock.advance(3 * limits.nodeAwayMsMax);
  expect(count()).toBe(1);
});

it("it is ended while cut off -> never told", () => {
  const { clock, change, end, count } = fenced();
  change(false);
  end();
  clock.advance(2 * limits.nodeAwayMsMax);
  expect(count()).toBe(0);
});

it("it stood still for as long -> told once; for less -> not at all", () => {
  const { clock, standStill, count } = fenced();
  standStill(limits.nodeAwayMsMax - 2 * limits.heartbeatIntervalMs);
  clock.advance(5_000);
  expect(count()).toBe(0);
  standStill(limits.nodeAwayMsMax);
  clock.advance(5_000);
  expect(count()).toBe(1);
});
