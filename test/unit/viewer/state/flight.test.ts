// Flying by held keys.
import { describe, expect, it } from "vitest";
import {
  flightStep,
  initialSpeed,
  isFlightKey,
  speedAfter,
  speedMax,
  speedMin,
} from "../../../../viewer/state/flight.ts";

describe("a flight", () => {
  it("forward and left for a tenth of a second -> both, by speed and distance", () => {
    expect(flightStep(new Set(["w", "a"]), 0.5, 20, 100)).toEqual({ right: -1, up: 0, forward: 1 });
  });

  it("opposite keys, or none -> nothing moves", () => {
    expect(flightStep(new Set(["w", "s"]), 1, 1, 16)).toBeUndefined();
    expect(flightStep(new Set(), 1, 1, 16)).toBeUndefined();
  });

  it("a page that hung for a minute -> no jump", () => {
    expect(flightStep(new Set([" "]), 1, 1, 60_000)).toEqual({ right: 0, up: 0.1, forward: 0 });
  });

  it("slower and faster -> halves and doubles within bounds", () => {
    expect([speedAfter(1, "q"), speedAfter(1, "E"), speedAfter(1, "x")]).toEqual([0.5, 2, 1]);
    let speed = initialSpeed;
    for (let at = 0; at < 50; at++) speed = speedAfter(speed, "e");
    expect(speed).toBe(speedMax);
    for (let at = 0; at < 50; at++) speed = speedAfter(speed, "q");
    expect(speed).toBe(speedMin);
  });

  it("capital letters -> the same keys", () => {
    expect([isFlightKey("W"), isFlightKey("c"), isFlightKey("x")]).toEqual([true, true, false]);
  });
});
