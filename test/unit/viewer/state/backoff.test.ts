// Waiting before a connection is tried again.
import fc from "fast-check";
import { expect, it } from "vitest";
import { retryMs } from "../../../../viewer/state/backoff.ts";

it("any attempt -> at least an eighth of a second, at most eight seconds", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, share) => {
      expect(retryMs(attempt, share)).toBeGreaterThanOrEqual(125);
      expect(retryMs(attempt, share)).toBeLessThanOrEqual(8000);
    }),
  );
});

it("later attempts -> longer waits", () => {
  expect([0, 1, 2].map((attempt) => retryMs(attempt, 1))).toEqual([250, 500, 1000]);
});
