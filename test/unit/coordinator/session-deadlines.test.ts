// The times that end a session by themselves.
import { describe, expect, it } from "vitest";
import { SessionDeadlines } from "../../../coordinator/session-deadlines.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

function deadlines(durationMs: number | undefined) {
  const clock = new FakeClock();
  const told: string[] = [];
  const both = new SessionDeadlines({ connectTimeoutMs: 100, durationMs }, clock, {
    connected: () => void told.push("connected"),
    rendered: () => void told.push("rendered"),
  });
  return { clock, told, both };
}

describe("a session's deadlines", () => {
  it("the time to connect, the time to render are over -> told once each, rendering counted from its beginning", () => {
    const { clock, told, both } = deadlines(500);
    both.connect();
    clock.advance(99);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["connected"]);
    both.render(0);
    clock.advance(399);
    expect(told).toEqual(["connected"]);
    clock.advance(1);
    expect(told).toEqual(["connected", "rendered"]);
  });

  it("it renders for longer already, after a takeover -> told at once", () => {
    const { clock, told, both } = deadlines(500);
    both.render(-1_000);
    clock.advance(0);
    expect(told).toEqual(["rendered"]);
  });

  it("no limit, or cancelled -> never", () => {
    const { clock, told, both } = deadlines(undefined);
    both.render(0);
    both.connect();
    both.cancel();
    clock.advance(1e9);
    expect([told, clock.timerCount]).toEqual([[], 0]);
  });
});
