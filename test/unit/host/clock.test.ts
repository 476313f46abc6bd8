// The system's clock: order and cancelling; what time it is, no test asks.
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../host/clock.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

describe("the system clock", () => {
  afterEach(() => void vi.useRealTimers());

  it("does not run backwards", () => {
    const first = systemClock.nowMs();
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(first);
  });

  it("a timer -> runs its action; a cancelled one never does", async () => {
    const ran: string[] = [];
    const done = new Promise<void>((resolve) => {
      systemClock.after(0, () => ran.push("first")).cancel();
      systemClock.after(1, () => {
        ran.push("second");
        resolve();
      });
    });
    await done;
    expect(ran).toEqual(["second"]);
  });

  it("a delay beyond what setTimeout can -> waits for all of it, and can be cancelled on the way", () => {
    vi.useFakeTimers();
    const ran: string[] = [];
    const monthMs = 31 * 86_400_000;
    systemClock.after(monthMs, () => void ran.push("month"));
    const cancelled = systemClock.after(monthMs, () => void ran.push("cancelled"));
    vi.advanceTimersByTime(monthMs - 1000);
    expect(ran).toEqual([]);
    cancelled.cancel();
    vi.advanceTimersByTime(1000);
    expect(ran).toEqual(["month"]);
  });
});

describe("the fake clock", () => {
  it("timers -> run in the order of their times, also those set on the way", () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b ${clock.nowMs()}`));
    clock.after(10, () => {
      ran.push(`a ${clock.nowMs()}`);
      clock.after(5, () => ran.push(`c ${clock.nowMs()}`));
    });
    clock.after(30, () => ran.push("never")).cancel();
    clock.advance(25);
    expect(ran).toEqual(["a 10", "c 15", "b 20"]);
    expect([clock.nowMs(), clock.timerCount]).toEqual([25, 0]);
  });
});
