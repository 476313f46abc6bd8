// What the planner decides of one computation -> what its crew is told.
import { expect, it } from "vitest";
import { type CrewEffect, performOnCrew } from "../../../coordinator/crew-effects.ts";

const unit = {
  epoch: 1,
  tileIndex: 0,
  rect: { x0: 0, y0: 0, x1: 8, y1: 8 },
  sampleBegin: 0,
  sampleEnd: 1,
  stridePx: 1,
};

it.each<[CrewEffect, string]>([
  [{ t: "grant", computation: "a", units: [unit] }, "send a grant"],
  [{ t: "verify", computation: "a", units: [unit] }, "send a grant"],
  [{ t: "cancel", computation: "a", units: [unit] }, "send a cancel"],
  [{ t: "stuck", computation: "a", unit, runningMs: 90_000 }, "replace a computation-lost"],
  [{ t: "drained", computation: "a" }, "move a"],
])("%o -> %s", (effect, expected) => {
  const told: string[] = [];
  performOnCrew(effect, {
    send: (name, order) => void told.push(`send ${name} ${order.case}`),
    replace: (name, error) => void told.push(`replace ${name} ${error.code}`),
    move: (name) => void told.push(`move ${name}`),
  });
  expect(told).toEqual([expected]);
});
