// One session, as scenarios: how it begins, what its watchers are told, and what becomes of it without its merger.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { type SessionEvent, SessionSpecSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { unitKey } from "../../../proto/unit.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";
import { settled, until } from "../../fakes/settled.ts";
import { coarseSeenMs, sessionStages } from "./session-stage.ts";

const stageOf = sessionStages();

it("it starts -> the merger and every computation are launched, watchers see that it starts", () => {
  const stage = stageOf({ notices: ["a field is ignored"] });
  expect(stage.launcher.labels).toEqual(["merge#1", "mcrt_i0#1", "mcrt_i1#1"]);
  expect(stage.last.state).toBe(SessionState.STARTING);
  expect(stage.notices).toEqual(["a field is ignored"]);
});

it("a computation connects before the film is open -> it loads the scene, and is told of the merger when it is", async () => {
  const stage = stageOf();
  const early = new FakeComputation(stage.session, "mcrt_i0");
  expect(early.assignments).toEqual([""]);
  const service = await stage.openFilm();
  await until(() => early.orders.length > 1);
  expect(early.assignments).toEqual(["", service.address]);
  expect(stage.session.state.t).toBe("preparing");
  const late = new FakeComputation(stage.session, "mcrt_i1");
  expect(late.orders).toEqual(["assignment"]);
});

it("a computation is ready before the film is read -> nothing is granted, and then at once, without another word", async () => {
  const stage = stageOf();
  const computation = new FakeComputation(stage.session, "mcrt_i0");
  const service = await stage.serve();
  await until(() => service.watches.length > 0);
  expect(computation.assignments).toEqual(["", service.address]);
  computation.prepare();
  expect([computation.units, stage.session.state.t]).toEqual([[], "starting"]);
  service.say([], true);
  await until(() => computation.units.length > 0);
  expect([computation.assignments.length, stage.session.state.t]).toEqual([2, "rendering"]);
});

it("the merger dies before its film is read -> the computation is told of the next one, and what it said is void", async () => {
  const stage = stageOf();
  const computation = new FakeComputation(stage.session, "mcrt_i0");
  const first = await stage.serve();
  await until(() => first.watches.length > 0);
  computation.prepare();
  stage.exited("merge");
  stage.clock.advance(0);
  await until(() => stage.launcher.last("merge").label === "merge#2");
  const second = await stage.openFilm();
  expect(computation.assignments).toEqual(["", first.address, second.address]);
  expect([computation.units, stage.session.state.t]).toEqual([[], "preparing"]);
  computation.prepare();
  expect(computation.units).not.toEqual([]);
});

it("it runs -> watchers are told progress five times a second, and not after they stop watching", async () => {
  const stage = stageOf();
  await stage.rendering();
  const before = stage.events.length;
  stage.clock.advance(1000);
  expect(stage.events.length - before).toBe(5);
  expect(stage.last.progress?.computationCount).toBe(1);
  const events: SessionEvent[] = [];
  stage.session.watch((event) => void events.push(event))();
  stage.clock.advance(1000);
  expect(events).toHaveLength(1);
});

it("whoever watches is told once a second -> so often; then somebody looks on -> both as often as they want", async () => {
  const stage = stageOf();
  await stage.rendering();
  const { length } = stage.events;
  const seldom: SessionEvent[] = [];
  stage.unwatch();
  stage.session.watch((event) => void seldom.push(event), undefined, 1_000);
  stage.clock.advance(3_000);
  expect([stage.events.length - length, seldom.length]).toEqual([0, 1 + 3]);
  const often: SessionEvent[] = [];
  stage.session.watch((event) => void often.push(event));
  stage.clock.advance(1_000);
  expect([often.length, seldom.length]).toEqual([1 + 5, 1 + 4]);
});

it("the merger dies -> launched again, everybody assigned to its new address, everything granted again", async () => {
  const stage = stageOf({ budgetSpp: 4 });
  const { service, computation } = await stage.rendering();
  computation.renderGranted();
  stage.clock.advance(coarseSeenMs);
  const before = computation.units.map(unitKey);
  stage.exited("merge");
  await service.close();
  stage.clock.advance(0);
  const second = await stage.openFilm();
  await until(() => computation.assignments.length === 2);
  expect(computation.assignments).toEqual([service.address, second.address]);
  computation.units.length = 0;
  computation.prepare();
  expect(computation.units.map(unitKey)).toEqual(expect.arrayContaining(before));
  stage.clock.advance(200);
  expect(stage.notices.some((text) => text.includes("merger is started again"))).toBe(true);
});

it("the merger cannot be kept alive -> the session fails", async () => {
  const stage = stageOf();
  await stage.openFilm();
  stage.exited("merge", 1, ExitCause.MEMORY);
  await settled();
  stage.exited("merge", 2, ExitCause.MEMORY);
  expect((await stage.ended()).state).toBe(SessionState.FAILED);
});

it("a denoised picture is wanted, and nothing denoises there -> it fails before anything is rendered", async () => {
  const wants = sessionRecord({ spec: create(SessionSpecSchema, { needsDenoiser: true }) });
  const stage = stageOf({ base: wants });
  await stage.openFilm("it is not installed");
  expect(await stage.ended()).toMatchObject({
    state: SessionState.FAILED,
    error: { code: "denoiser-missing", message: expect.stringContaining("it is not installed") },
  });
  const other = stageOf({ base: wants });
  await other.rendering();
  expect(other.session.state.t).toBe("rendering");
});
