// What a session makes of what its computations say, and of their deaths.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { UnitStartedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { NoticeSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import { ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { unitKey, unitToMessage } from "../../../proto/unit.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";

import { coarseSeenMs, sessionStages, whole } from "./session-stage.ts";

const stageOf = sessionStages();

it("a computation reconnects -> its assignment again, and its units are granted anew", async () => {
  const stage = stageOf();
  const { computation } = await stage.rendering();
  const [first] = computation.units;
  expect(first).toBeDefined();
  const again = new FakeComputation(stage.session, "mcrt_i0");
  expect([computation.isClosed, again.orders]).toEqual([true, ["assignment"]]);
  again.prepare();
  expect(again.units.map(unitKey)).toContain(unitKey(first!));
});

it("one computation lacks the renderer -> it is given up, the others go on; when all do, the session fails", async () => {
  const stage = stageOf();
  await stage.openFilm();
  const [first, second] = ["mcrt_i0", "mcrt_i1"].map((name) => new FakeComputation(stage.session, name));
  first!.fail("renderer-missing");
  expect(first!.orders.at(-1)).toBe("end");
  expect(stage.session.state.t).not.toBe("failed");
  second!.fail("renderer-missing");
  expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { code: "renderer-missing" } });
  expect(stage.notices.filter((text) => text.includes("gone for good"))).toHaveLength(2);
});

it("a node cannot keep the scene -> its computation goes to another, and renders there", async () => {
  const stage = stageOf({}, { berthFor: (berth, reason) => (reason === "again" ? berth : { ...berth, nodeId: "m" }) });
  await stage.openFilm();
  new FakeComputation(stage.session, "mcrt_i0").fail("cache-failed");
  stage.exited("mcrt_i0", 1, ExitCause.STOPPED);
  stage.clock.advance(0);
  expect(stage.launcher.last("mcrt_i0")).toMatchObject({ nodeId: "m", label: "mcrt_i0#2" });
  expect(stage.session.state.t).toBe("preparing");
  expect(stage.notices.filter((text) => text.includes("gone for good"))).toEqual([]);
});

it("a computation renders with another instruction set -> it is given up before it gets a unit", async () => {
  const stage = stageOf();
  await stage.rendering();
  const other = new FakeComputation(stage.session, "mcrt_i1");
  other.prepare("sse2");
  expect(other.units).toEqual([]);
  expect(other.orders.at(-1)).toBe("end");
});

it("a computation dies -> it is started again and its units go to another meanwhile", async () => {
  const stage = stageOf();
  const { computation } = await stage.rendering();
  const held = computation.units.map(unitKey);
  const other = new FakeComputation(stage.session, "mcrt_i1");
  other.prepare();
  stage.session.disconnected("mcrt_i0", computation);
  stage.exited("mcrt_i0");
  stage.clock.advance(1000);
  expect(other.units.map(unitKey)).toEqual(expect.arrayContaining(held));
  expect(stage.launcher.labels).toContain("mcrt_i0#2");
  expect(stage.notices.some((text) => text.includes("mcrt_i0 is started again"))).toBe(true);
});

it("a unit can never be rendered -> a hole, and the session ends so", async () => {
  const stage = stageOf();
  const { computation } = await stage.rendering();
  computation.renderGranted();
  stage.clock.advance(coarseSeenMs);
  const fine = computation.units.find(({ stridePx }) => stridePx === 1)!;
  for (const unit of computation.units.splice(0)) {
    if (unit !== fine) computation.done(unit);
  }
  computation.fail("scene-broken", fine);
  const last = await stage.ended();
  expect(last.state).toBe(SessionState.HOLES);
  expect(last.totals?.holes).toMatchObject([whole]);
  expect(stage.notices.some((text) => text.startsWith("Pixels 0,0-16,16 get no samples"))).toBe(true);
});

it("one of its computations is given up -> its place is given back", async () => {
  const released: string[] = [];
  const stage = stageOf({}, { release: (computation) => void released.push(computation) });
  const { computation } = await stage.rendering();
  computation.fail("renderer-failed");
  expect(released).toEqual(["mcrt_i0"]);
});

it("a report is malformed -> thrown to the stream it came from, the session goes on", async () => {
  const stage = stageOf();
  const { computation } = await stage.rendering();
  const malformed = expect.objectContaining({ code: "message-malformed" });
  expect(() => computation.report({ case: "started", value: create(UnitStartedSchema) })).toThrow(malformed);
  const unit = unitToMessage(computation.units[0]!);
  const badNext = create(UnitStartedSchema, { unit, next: {} });
  expect(() => computation.report({ case: "started", value: badNext })).toThrow(malformed);
  expect(stage.session.state.t).toBe("rendering");
});

it("the coarse units of all tiles are done -> the time of the first picture is in the totals", async () => {
  const stage = stageOf();
  const { service, computation } = await stage.rendering();
  stage.clock.advance(70);
  const coarse = computation.units.find(({ stridePx }) => stridePx > 1)!;
  computation.start(coarse);
  computation.done(coarse);
  stage.clock.advance(100);
  stage.renderAll(service, computation);
  expect((await stage.ended()).totals?.firstPictureMs).toBe(70);
});

it("the first computation cannot load the scene -> the session fails with its code", async () => {
  const stage = stageOf();
  await stage.openFilm();
  const computation = new FakeComputation(stage.session, "mcrt_i0");
  computation.fail("scene-broken");
  expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { code: "scene-broken" } });
});

it("all computations say the same of the scene, one of them again, and one more -> each notice is told once", async () => {
  const stage = stageOf();
  await stage.openFilm();
  const [first, second] = ["mcrt_i0", "mcrt_i1"].map((name) => new FakeComputation(stage.session, name));
  const say = (computation: FakeComputation, text: string) =>
    computation.report({ case: "notice", value: create(NoticeSchema, { level: 3, text }) });
  for (const computation of [first!, second!, first!]) say(computation, "no camera");
  say(second!, "no light");
  stage.clock.advance(1_000);
  expect(stage.notices.filter((text) => text.startsWith("no "))).toEqual(["no camera", "no light"]);
});
