// When processes are started beforehand: as many as are wanted, one after the other, never while a launch needs the cores.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ComputationProgram, programs } from "../../../../node-agent/computation-program.ts";
import { PrestartPlan } from "../../../../node-agent/prestart/prestart-plan.ts";
import { limits } from "../../../../proto/limits.ts";

const { prestartDelayMs, prestartIntervalMs, prestartAgainMsMax } = limits;

/** Starts whatever it says from `fromMs` on until it says no more; when each was started. */
function filled(plan: PrestartPlan, fromMs: number): [ComputationProgram, number][] {
  const started: [ComputationProgram, number][] = [];
  for (let nowMs = fromMs; ; ) {
    const step = plan.next(nowMs);
    if (step.t === "enough") return started;
    if (step.t === "wait") nowMs = step.untilMs;
    else {
      plan.started(step.program, nowMs);
      started.push([step.program, nowMs]);
    }
  }
}

describe("processes that wait for an order", () => {
  it("begin one after the other, of each kind in turns, until there are enough", () => {
    expect(filled(new PrestartPlan(2), 50)).toEqual([
      ["merge", 50],
      ["mcrt", 50 + prestartIntervalMs],
      ["merge", 50 + 2 * prestartIntervalMs],
      ["mcrt", 50 + 3 * prestartIntervalMs],
    ]);
  });

  it("are none where none are wanted", () => {
    expect(new PrestartPlan(0).next(0)).toEqual({ t: "enough" });
  });

  it("are replaced a while after one was taken, and a second launch meanwhile does not put that off", () => {
    const plan = new PrestartPlan(1);
    filled(plan, 0);
    plan.launched(10_000);
    plan.taken("merge");
    plan.launched(10_500);
    plan.taken("mcrt");
    expect(plan.next(10_500)).toEqual({ t: "wait", untilMs: 10_000 + prestartDelayMs });
    expect(filled(plan, 10_500).map(([program]) => program)).toEqual(["merge", "mcrt"]);
  });

  it("end by themselves again and again -> are started less and less often; one that is used ends that", () => {
    const plan = new PrestartPlan(1);
    plan.started("merge", 0);
    const waitsMs: number[] = [];
    for (let nowMs = 0; waitsMs.length < 9; ) {
      plan.started("mcrt", nowMs);
      plan.failed("mcrt", nowMs);
      const step = plan.next(nowMs);
      if (step.t !== "wait") throw new Error(step.t);
      waitsMs.push(step.untilMs - nowMs);
      nowMs = step.untilMs;
    }
    const doubled = Array.from({ length: 9 }, (_, at) => Math.min(prestartAgainMsMax, prestartDelayMs * 2 ** at));
    expect(waitsMs).toEqual(doubled);
    const laterMs = 1e9;
    plan.started("mcrt", laterMs);
    plan.taken("mcrt");
    plan.started("mcrt", laterMs + 1e6);
    plan.failed("mcrt", laterMs + 1e6);
    expect(plan.next(laterMs + 1e6)).toEqual({ t: "wait", untilMs: laterMs + 1e6 + prestartDelayMs });
  });

  it("whatever happens in whatever order -> never more than wanted of a kind, never two at once, in the end enough", () => {
    const event = fc.record({
      t: fc.constantFrom("look", "launch", "take", "discard", "fail"),
      program: fc.constantFrom(...programs),
      afterMs: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.array(event, { maxLength: 60 }), (count, events) => {
        const plan = new PrestartPlan(count);
        let nowMs = 0;
        let lastStartMs = Number.NEGATIVE_INFINITY;
        for (const { t, program, afterMs } of events) {
          nowMs += afterMs;
          const step = plan.next(nowMs);
          if (step.t === "wait") expect(step.untilMs).toBeGreaterThan(nowMs);
          if (step.t === "start") {
            expect(nowMs - lastStartMs).toBeGreaterThanOrEqual(prestartIntervalMs);
            lastStartMs = nowMs;
            plan.started(step.program, nowMs);
          }
          if (t === "launch") plan.launched(nowMs);
          if (plan.waitingCount(program) > 0) {
            if (t === "take") plan.taken(program);
            if (t === "discard") plan.discarded(program, nowMs);
            if (t === "fail") plan.failed(program, nowMs);
          }
          for (const each of programs) {
            expect(plan.waitingCount(each)).toBeGreaterThanOrEqual(0);
            expect(plan.waitingCount(each)).toBeLessThanOrEqual(count);
          }
        }
        filled(plan, nowMs);
        expect(programs.map((each) => plan.waitingCount(each))).toEqual([count, count]);
      }),
    );
  });
});
