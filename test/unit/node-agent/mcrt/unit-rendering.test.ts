// Units of an mcrt, from their grant to their answer.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ArrasError } from "../../../../proto/errors.ts";
import { Admission } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { type Unit, unitKey } from "../../../../proto/unit.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled, until } from "../../../fakes/settled.ts";
import { type McrtStage, ready, readyStage, started } from "./mcrt-stage.ts";

const [a, b, c, d, e] = [unitOf(0), unitOf(1), unitOf(2), unitOf(3), unitOf(4)] as const;

/** Reports do not leave until what it returns is called. */
function holdReports(stage: Awaited<ReturnType<typeof readyStage>>): () => void {
  let leave: () => void = () => {};
  stage.leaving = new Promise((resolve) => {
    leave = resolve;
  });
  return leave;
}

it("more units than threads come -> one a thread is started, the next when a thread is free", async () => {
  const stage = await readyStage(2);
  stage.grant(a, b, c);
  expect(stage.said()).toEqual([started(a, b), started(b, c)]);
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.said()).toEqual([started(c)]);
});

it("a unit was announced as next -> it begins at once when a thread is free, without waiting for a report", async () => {
  const stage = await readyStage(1);
  stage.grant(a, b);
  expect(stage.said()).toEqual([started(a, b)]);
  stage.leaving = new Promise(() => {});
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.renderings.map(({ unit }) => unit)).toEqual([b]);
});

it("nothing is announced for a free thread -> its unit begins when the report of it has left", async () => {
  const stage = await readyStage(1);
  const leave = holdReports(stage);
  stage.grant(a, b);
  await settled();
  expect([stage.said(), stage.renderings]).toEqual([[started(a, b)], []]);
  leave();
  await settled();
  expect(stage.renderings.map(({ unit }) => unit)).toEqual([a]);
});

it("its announcement has not left when a thread is free -> the unit waits for it", async () => {
  const stage = await readyStage(1);
  stage.grant(a);
  const leave = holdReports(stage);
  stage.grant(b);
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.renderings).toEqual([]);
  leave();
  await settled();
  expect(stage.renderings.map(({ unit }) => unit)).toEqual([b]);
});

it("units come while threads render -> as many are announced as render, one report each", async () => {
  const stage = await readyStage(2);
  stage.grant(a);
  stage.grant(b);
  stage.said();
  stage.grant(c);
  stage.grant(d, e);
  expect(stage.said()).toEqual([started(a, c), started(b, d)]);
});

it("an announced unit is cancelled -> its credit comes back, and another is announced", async () => {
  const stage = await readyStage(1);
  stage.grant(a, b, c);
  stage.said();
  stage.cancel(b);
  expect(stage.said()).toEqual(["credit 1", started(a, c)]);
});

it("a unit is rendered -> it is done only when the merger has acknowledged it", async () => {
  const stage = await readyStage();
  stage.grant(a);
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.said()).toEqual([started(a)]);
  stage.sent[0]!.answer(Admission.ADDED);
  await settled();
  expect(stage.reports[0]).toMatchObject({
    case: "done",
    value: { renderMs: 5, sizeBytes: 8, clampedSamples: [{ x: 1, y: 2, sampleIndex: 3 }] },
  });
});

it("the merger has it already -> done; refuses it -> failed with its reason; calls it stale -> credit", async () => {
  const stage = await readyStage(3);
  stage.grant(a, b, c);
  for (const rendering of stage.renderings.slice()) rendering.finish();
  await settled();
  stage.said();
  const [first, second, third] = stage.sent.slice();
  first!.answer(Admission.DUPLICATE);
  second!.answer(Admission.REFUSED);
  third!.answer(Admission.STALE);
  await settled();
  expect(stage.said()).toEqual([`done ${unitKey(a)}`, `failed contribution-overlaps ${unitKey(b)}`, "credit 1"]);
});

it("the merger has no room -> the thread waits with its unit", async () => {
  const stage = await readyStage(1);
  let enter: () => void = () => {};
  stage.entering = new Promise((resolve) => {
    enter = resolve;
  });
  stage.grant(a, b);
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.said()).toEqual([started(a, b)]);
  enter();
  await settled();
  expect(stage.said()).toEqual([started(b)]);
});

it("the merger had no room for a while -> the unit's report says for how long its thread waited", async () => {
  const stage = await readyStage(1);
  let enter: () => void = () => {};
  stage.entering = new Promise((resolve) => {
    enter = resolve;
  });
  stage.grant(a);
  stage.renderings[0]!.finish();
  await settled();
  const waitsAtMs = performance.now();
  await until(() => performance.now() > waitsAtMs);
  const waitedMsMin = performance.now() - waitsAtMs;
  enter();
  await settled();
  stage.sent[0]!.answer(Admission.ADDED);
  await settled();
  const [done] = stage.reports.splice(0).filter((report) => report.case === "done");
  expect(done?.value.waitedMs).toBeGreaterThanOrEqual(waitedMsMin);
});

it("units are cancelled -> a waiting one and a running one give their credit back, and threads go on", async () => {
  const stage = await readyStage(1);
  stage.grant(a, b, c);
  stage.cancel(b, a);
  await settled();
  expect(stage.said()).toEqual([started(a, b), "credit 1", started(a, c), "credit 1", started(c)]);
  expect(stage.renderings.map(({ unit }) => unit)).toEqual([c]);
});

it("a unit is cancelled when its sums are on their way -> it is done, without a credit of its own", async () => {
  const stage = await readyStage();
  stage.grant(a);
  stage.renderings[0]!.finish();
  await settled();
  stage.cancel(a);
  stage.sent[0]!.answer(Admission.ADDED);
  await settled();
  expect(stage.said()).toEqual([started(a), `done ${unitKey(a)}`]);
});

it("the renderer fails -> the unit failed with its code; something unknown is thrown -> renderer-failed", async () => {
  const stage = await readyStage();
  stage.grant(a, b);
  stage.said();
  const [first, second] = stage.renderings.slice();
  first!.fail(new ArrasError("memory-exceeded", { message: "m", action: "a" }));
  second!.fail(new TypeError("x is undefined"));
  await settled();
  expect(stage.said()).toEqual([`failed memory-exceeded ${unitKey(a)}`, `failed renderer-failed ${unitKey(b)}`]);
});

it("the coordinator's stream breaks -> what is rendered and sent then is told to nobody", async () => {
  const stage = await readyStage(2);
  stage.grant(a, b, c);
  stage.renderings[0]!.finish();
  await settled();
  stage.said();
  stage.mcrt.disconnected();
  stage.sent[0]!.answer(Admission.ADDED);
  await settled();
  expect(stage.said()).toEqual([]);
  expect(stage.renderings).toEqual([]);
});

it("the same unit is granted again while its void rendering still runs -> no thread too many, no unit lost", async () => {
  const stage = await readyStage(1);
  stage.grant(a);
  stage.mcrt.disconnected();
  stage.assign();
  stage.said();
  stage.grant(a, b);
  await settled();
  expect(stage.said()).toEqual([started(a, b)]);
  expect(stage.renderings).toHaveLength(1);
  stage.renderings[0]!.finish();
  await settled();
  stage.sent[0]!.answer(Admission.ADDED);
  await settled();
  expect(stage.said()).toEqual([started(b), `done ${unitKey(a)}`]);
});

type Step =
  | { readonly t: "grant"; readonly count: number }
  | { readonly t: "cancel" | "finish" | "fail" | "answer" | "reject"; readonly at: number }
  | { readonly t: "reconnect" };

const at = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ t: fc.constant("grant" as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      t: fc.constantFrom("cancel", "finish", "finish", "fail", "answer", "answer", "reject"),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ t: "reconnect" as const }) },
);

it("any order of grants, cancels, results, failures, answers and reconnections -> every granted unit is answered exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, threadCount) => {
      const stage = await readyStage(threadCount);
      let granted: Unit[] = [];
      let nextSample = 0;
      let answers: string[] = [];
      const note = () => answers.push(...stage.said().filter((text) => !text.startsWith("started")));
      for (const move of steps) {
        if (move.t === "grant") {
          const units = Array.from({ length: move.count }, () => unitOf(0, nextSample++));
          granted.push(...units);
          stage.grant(...units);
        } else if (move.t === "reconnect") {
          await settled();
          note();
          checkNoneTwice(answers);
          stage.mcrt.disconnected();
          granted = [];
          answers = [];
          await settled();
          note();
          expect(answers).toEqual([]);
          stage.assign();
          expect(stage.said()).toEqual(ready.slice(1));
        } else perform(stage, move, granted);
        if (move.t !== "cancel") await settled();
      }
      await settled();
      while (stage.renderings.length > 0 || stage.sent.length > 0) {
        stage.renderings[0]?.finish();
        stage.sent[0]?.answer(Admission.ADDED);
        await settled();
      }
      await settled();
      note();
      checkNoneTwice(answers);
      expect(answerCount(answers)).toBe(granted.length);
    }),
    { numRuns: 150 },
  );
});

function perform(stage: McrtStage, move: Extract<Step, { at: number }>, granted: readonly Unit[]): void {
  const pick = <T>(list: readonly T[]): T | undefined => list[list.length === 0 ? 0 : move.at % list.length];
  const failure = new ArrasError("renderer-failed", { message: "m", action: "a" });
  if (move.t === "cancel") {
    const unit = pick(granted);
    if (unit !== undefined) stage.cancel(unit);
  } else if (move.t === "finish") pick(stage.renderings)?.finish();
  else if (move.t === "fail") pick(stage.renderings)?.fail(failure);
  else if (move.t === "reject") pick(stage.sent)?.reject(failure);
  else
    pick(stage.sent)?.answer([Admission.ADDED, Admission.DUPLICATE, Admission.REFUSED, Admission.STALE][move.at % 4]!);
}

function checkNoneTwice(answers: readonly string[]): void {
  const named = answers
    .filter((text) => !text.startsWith("credit"))
    .map((text) => text.replace(/^(done|failed \S+) /, ""));
  expect(new Set(named).size).toBe(named.length);
}

function answerCount(answers: readonly string[]): number {
  return answers.reduce((sum, text) => sum + (text.startsWith("credit") ? Number(text.slice(7)) : 1), 0);
}
