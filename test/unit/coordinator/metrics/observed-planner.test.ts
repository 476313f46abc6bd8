// A planner that is counted and timed decides as the planner does.
import { expect, it } from "vitest";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import type { Meter } from "../../../../coordinator/metrics/metric-table.ts";
import { ObservedPlanner, observedPlanner } from "../../../../coordinator/metrics/observed-planner.ts";
import type { PlannerEvent } from "../../../../coordinator/planner/events.ts";
import { Planner } from "../../../../coordinator/planner/planner.ts";
import type { PlannerOptions } from "../../../../coordinator/planner/settings.ts";
import type { Unit } from "../../../../proto/unit.ts";
import { verifyChoice } from "../../../../proto/verified-unit.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

const options = { cropWindow: { x0: 0, y0: 0, x1: 32, y1: 16 }, tileSizePx: 16, budgetSpp: 1, coarse: false };

function watched(isTakenOver = false, more: Partial<PlannerOptions> = {}) {
  const counts: Record<string, number> = {};
  const told: Happening[] = [];
  const observed: number[] = [];
  const meter: Meter = {
    count: (name, by = 1, labels = {}) => {
      const key = [name, ...Object.values(labels)].join(" ");
      counts[key] = (counts[key] ?? 0) + by;
    },
    observe: (_, value) => void observed.push(value),
  };
  let nowMs = 0;
  const planner = new ObservedPlanner(
    { ...options, ...more },
    {
      sessionId: "s",
      isTakenOver,
      meter,
      journal: { record: (happening) => void told.push(happening) },
      // Each look at the clock takes a millisecond.
      nowMs: () => nowMs++,
    },
  );
  return { planner, counts, told, observed };
}

const joined: PlannerEvent = { t: "joined", computation: "c", threadCount: 1 };
const credit: PlannerEvent = { t: "credit", computation: "c", units: 8 };
const whole = [0, 1].map((tileIndex) => ({ tileIndex, ranges: [{ begin: 0, end: 1 }] }));

function granted(effects: ReturnType<Planner["step"]>): Unit[] {
  return effects.flatMap((effect) => (effect.t === "grant" ? effect.units : []));
}

it("a frame from its first grant to its end -> units, samples and times are counted", () => {
  const { planner, counts, observed } = watched();
  planner.step(0, joined);
  const units = granted(planner.step(0, credit));
  for (const unit of units) planner.step(10, { t: "done", computation: "c", unit, renderMs: 5 });
  planner.step(20, { t: "merged", tiles: whole });
  expect(counts).toMatchObject({
    arras_units_granted_total: 2,
    arras_units_done_total: 2,
    arras_samples_merged_total: 512,
    arras_units_hedged_total: 0,
  });
  expect(observed).toEqual([0.001]);
});

it("threads waited for the merger -> the seconds are counted, but not what cannot be", () => {
  const { planner, counts } = watched();
  planner.step(0, joined);
  const [unit] = granted(planner.step(0, credit));
  for (const waitedMs of [1500, 0, 500, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    planner.step(10, { t: "done", computation: "c", unit: unit!, renderMs: 5, waitedMs });
  }
  expect(counts).toMatchObject({ arras_merger_wait_seconds_total: 2 });
});

it("units fail until pixels are given up -> failures, cuts, and the holes are told", () => {
  const { planner, counts, told } = watched();
  const crew = ["c", "d"];
  for (const computation of crew) planner.step(0, { t: "joined", computation, threadCount: 1 });
  let pending = crew.flatMap((computation) =>
    granted(planner.step(0, { ...credit, computation })).map((unit) => ({ computation, unit })),
  );
  for (let turn = 1; pending.length > 0 && turn < 200; turn += 1) {
    pending = pending.flatMap(({ computation, unit }) => {
      const failed: PlannerEvent = { t: "failed", computation, unit, retry: "other-node", reason: "it crashed" };
      const effects = [
        ...planner.step(turn, failed),
        ...crew.flatMap((each) => planner.step(turn, { t: "credit", computation: each, units: 1 })),
      ];
      return effects.flatMap((effect) =>
        effect.t === "grant" ? effect.units.map((each) => ({ computation: effect.computation, unit: each })) : [],
      );
    });
  }
  planner.step(2000, { t: "tick" });
  expect(counts.arras_units_failed_total).toBeGreaterThan(4);
  expect(counts.arras_units_bisected_total).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ t: "session-hole", sessionId: "s", fromSample: 0, reason: "it crashed" });
});

it("a session was taken over -> its first ledger ends that; what another had merged is not counted here", () => {
  const { planner, counts, told } = watched(true);
  planner.step(0, { t: "ledger", tiles: whole.slice(0, 1) });
  planner.step(5, { t: "ledger", tiles: whole.slice(0, 1) });
  expect(told.map(({ t }) => t)).toEqual(["session-recovered"]);
  planner.step(2000, { t: "merged", tiles: whole });
  expect(counts.arras_samples_merged_total).toBe(256);
});

it("a merger begins anew with an empty film -> what is merged again counts again", () => {
  const { planner, counts } = watched();
  planner.step(0, { t: "merged", tiles: whole.slice(0, 1) });
  planner.step(1500, { t: "ledger", tiles: [] });
  planner.step(3000, { t: "merged", tiles: whole });
  expect(counts.arras_samples_merged_total).toBe(256 + 512);
});

it("nobody counts -> it decides as the planner itself", () => {
  const silent = observedPlanner(options, { clock: new FakeClock() }, { sessionId: "s", isTakenOver: false });
  const plain = new Planner(options);
  for (const event of [joined, credit, { t: "tick" } as const])
    expect(silent.step(0, event)).toEqual(plain.step(0, event));
});

it("units are rendered twice -> counted by what came of it", () => {
  const { planner, counts } = watched(false, { verify: verifyChoice(1, "s") });
  const sumsOf: Record<string, string> = { c: "wrong", d: "right", e: "right" };
  let orders: { computation: string; unit: Unit; isVerifying: boolean }[] = [];
  const step = (event: PlannerEvent) => {
    for (const effect of planner.step(0, event)) {
      if (effect.t !== "grant" && effect.t !== "verify") continue;
      const { computation, units } = effect;
      orders.push(...units.map((unit) => ({ computation, unit, isVerifying: effect.t === "verify" })));
    }
  };
  for (const computation of ["c", "d", "e"]) {
    step({ t: "joined", computation, threadCount: 1, nodeId: computation });
    step({ t: "credit", computation, units: 8 });
  }
  for (let turn = 0; orders.length > 0 && turn < 100; turn += 1) {
    const given = orders;
    orders = [];
    for (const { computation, unit, isVerifying } of given) {
      const sums = sumsOf[computation] ?? "";
      step(
        isVerifying
          ? { t: "verified", computation, unit, renderMs: 1, sums }
          : { t: "done", computation, unit, renderMs: 1, sums },
      );
      step({ t: "credit", computation, units: 1 });
    }
  }
  planner.step(2_000, { t: "tick" });
  expect(counts["arras_units_verified_total wrong"]).toBe(1);
  expect(counts["arras_units_verified_total equal"]).toBeGreaterThan(0);
  expect(counts["arras_units_verified_total undecided"]).toBeUndefined();
});
