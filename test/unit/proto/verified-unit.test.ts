// Which units are rendered twice.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Unit } from "../../../proto/unit.ts";
import { isVerified, verifyChoice } from "../../../proto/verified-unit.ts";

function unitAt(tileIndex: number, sampleBegin: number): Unit {
  const [x0, y0] = [64 * (tileIndex % 30), 64 * Math.floor(tileIndex / 30)];
  const rect = { x0, y0, x1: x0 + 64, y1: y0 + 64 };
  return { epoch: 1, tileIndex, rect, sampleBegin, sampleEnd: sampleBegin + 4, stridePx: 1 };
}

const units = Array.from({ length: 20_000 }, (_, at) => unitAt(at % 500, 4 * Math.floor(at / 500)));

it("any share and session -> so many of a frame's units, spread over its tiles", () => {
  const share = fc.constantFrom(0.005, 0.05, 0.5);
  fc.assert(
    fc.property(share, fc.uuid(), (wanted, sessionId) => {
      const choice = verifyChoice(wanted, sessionId);
      const chosen = units.filter((unit) => isVerified(choice, unit));
      expect(Math.abs(chosen.length / units.length - wanted)).toBeLessThan(4 * Math.sqrt(wanted / units.length));
      expect(new Set(chosen.map(({ tileIndex }) => tileIndex)).size).toBeGreaterThan(50);
    }),
    { numRuns: 30 },
  );
});

it("share 0 -> none; 1 -> all; never a coarse unit", () => {
  expect(units.some((unit) => isVerified(verifyChoice(0, "s"), unit))).toBe(false);
  expect(units.every((unit) => isVerified(verifyChoice(1, "s"), unit))).toBe(true);
  expect(isVerified(verifyChoice(1, "s"), { ...unitAt(0, 0), sampleEnd: 1, stridePx: 8 })).toBe(false);
});

it("another session -> other units", () => {
  const of = (sessionId: string) => units.filter((unit) => isVerified(verifyChoice(0.01, sessionId), unit));
  const [first, second] = [of("one"), of("two")];
  expect(first.filter((unit) => second.includes(unit)).length).toBeLessThan(first.length / 4);
  expect(of("one")).toEqual(first);
});
