// When a session looks at the clock.
import { beforeEach, describe, expect, it } from "vitest";
import { SessionPulse } from "../../../coordinator/session-pulse.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

describe("a session's pulse", () => {
  let clock: FakeClock;
  let pulse: SessionPulse;
  let beatsAtMs: number[];
  let onBeat: () => void;
  let calmMs: number;

  beforeEach(() => {
    clock = new FakeClock();
    beatsAtMs = [];
    onBeat = () => {};
    const beat = () => {
      beatsAtMs.push(clock.nowMs());
      onBeat();
    };
    calmMs = 200;
    pulse = new SessionPulse(clock, beat, () => calmMs);
  });

  it("nothing waits for time to pass -> after the first beat as often as it is wanted to", () => {
    pulse.begin();
    clock.advance(500);
    calmMs = 1_000;
    clock.advance(2_000);
    expect(beatsAtMs).toEqual([25, 225, 425, 625, 1_625]);
  });

  it("something begins to wait between two beats -> the next comes 25 ms later, however often it is said", () => {
    pulse.begin();
    clock.advance(100);
    pulse.quicken();
    clock.advance(20);
    pulse.quicken();
    clock.advance(380);
    expect(beatsAtMs).toEqual([25, 125, 325]);
  });

  it("it still waits at that beat -> quick beats until it does not", () => {
    onBeat = () => {
      if (clock.nowMs() < 100) pulse.quicken();
    };
    pulse.begin();
    clock.advance(400);
    expect(beatsAtMs).toEqual([25, 50, 75, 100, 300]);
  });

  it("not begun, or ended -> never, also when something waits; and no timer is left", () => {
    pulse.quicken();
    clock.advance(1_000);
    expect(beatsAtMs).toEqual([]);
    pulse.begin();
    pulse.end();
    pulse.quicken();
    clock.advance(1_000);
    expect([beatsAtMs, clock.timerCount]).toEqual([[], 0]);
  });

  it("a beat ends it -> it was the last", () => {
    onBeat = () => pulse.end();
    pulse.begin();
    clock.advance(1_000);
    expect([beatsAtMs, clock.timerCount]).toEqual([[25], 0]);
  });
});
