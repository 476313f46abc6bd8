// Where tiles stop, by the errors that are known of them.
import { expect, it } from "vitest";
import { standingBy, stopRule, stopRuleFromMessage } from "../../../proto/stop-rule.ts";

it.each([
  [1, 2],
  [2, 2],
  [3, 4],
  [16, 16],
  [24, 32],
  [1_048_575, 1_048_576],
])("a minimum of %i samples -> decided from %i on", (minSpp, expected) => {
  expect(stopRule(0.1, minSpp)).toEqual({ targetError: 0.1, minSpp: expected });
});

it.each([
  { errors: {}, t: "open", spp: 4 },
  { errors: { 2: 0, 8: 0 }, t: "open", spp: 4 },
  { errors: { 4: 0.5 }, t: "open", spp: 8 },
  { errors: { 4: 0.1 }, t: "converged", spp: 4 },
  { errors: { 4: Number.NaN, 8: 0.5, 16: 0.05 }, t: "converged", spp: 16 },
])("errors %o of a tile, from 4 samples on, 0.1 is enough -> $t at $spp", ({ errors, t, spp }) => {
  const known = new Map(Object.entries(errors).map(([count, error]) => [Number(count), error]));
  expect(standingBy(stopRule(0.1, 4), (count) => known.get(count))).toEqual({ t, spp });
});

it("from a message -> the rule; no power of two, a negative error, none at all -> refused", () => {
  expect(stopRuleFromMessage({ targetError: 0, sppMin: 16 })).toEqual({ targetError: 0, minSpp: 16 });
  const bad = [
    { targetError: 0.1, sppMin: 0 },
    { targetError: 0.1, sppMin: 1 },
    { targetError: 0.1, sppMin: 12 },
    { targetError: 0.1, sppMin: 2 ** 21 },
    { targetError: -1, sppMin: 16 },
    { targetError: Number.NaN, sppMin: 16 },
  ];
  for (const message of bad) expect(() => stopRuleFromMessage(message)).toThrow(/stop rule/);
});
