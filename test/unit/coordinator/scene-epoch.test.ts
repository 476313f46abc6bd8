// A session whose scene is edited while it renders.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import type { SessionPlan, SessionSurroundings } from "../../../coordinator/session-plan.ts";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";
import { until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { coarseSeenMs, sessionStages, whole } from "./session-stage.ts";

const stageOf = sessionStages();

const freshAddress = socketFolder();
const contents = { lights: [{ id: "lamp" }] };
const dark = create(SceneEditsSchema, { lights: [{ id: "lamp", off: true }] });

async function editable(overrides: Partial<SessionPlan> = {}, world: Partial<SessionSurroundings> = {}) {
  const stage = stageOf(overrides, world);
  const service = await stage.openFilm();
  const computation = new FakeComputation(stage.session, "mcrt_i0");
  await until(() => computation.assignments.length > 0);
  computation.prepare("avx2", 64, 1, contents);
  // Its first picture does not come: edits wait no longer for it.
  stage.clock.advance(25);
  stage.clock.advance(limits.editWaitMsMax);
  return { stage, service, computation };
}

it("an edit -> what was granted is cancelled, a new film opened, everybody assigned the new epoch", async () => {
  const { stage, service, computation } = await editable();
  const other = new FakeComputation(stage.session, "mcrt_i1");
  expect(await stage.session.editing.edit(dark, "Anna")).toBe(2);
  await until(() => other.epochs.includes(2));
  expect(computation.orders).toEqual(["assignment", "grant", "grant", "cancel", "assignment"]);
  expect(service.opened.map(({ epoch, checkpoint }) => [epoch, checkpoint])).toEqual([
    [1, ""],
    [2, ""],
  ]);
  expect(stage.session.record).toMatchObject({ epoch: 2, edits: dark, editor: "Anna" });
});

it("units of the new epoch come when a computation shows it; what it says of the old one means nothing", async () => {
  const { stage, service, computation } = await editable();
  const old = computation.units.splice(0);
  await stage.session.editing.edit(dark, "");
  await until(() => computation.epochs.includes(2));
  for (const unit of old) computation.done(unit);
  computation.prepare("avx2", 64, 1);
  expect(computation.units).toEqual([]);
  service.say([{ tileIndex: 0, cells: [{ rect: whole, merged: [{ begin: 0, end: 1 }] }] }], true, 1);
  computation.prepare("avx2", 64, 2);
  expect(computation.units.map(({ epoch }) => epoch)).toEqual(computation.units.map(() => 2));
  expect(computation.units.length).toBeGreaterThan(0);
  computation.renderGranted();
  stage.clock.advance(coarseSeenMs);
  computation.renderGranted();
  service.say([{ tileIndex: 0, cells: [{ rect: whole, merged: [{ begin: 0, end: 1 }] }] }], true, 2);
  expect((await stage.ended()).state).toBe(SessionState.FINISHED);
});

it("the merger dies while its scene is edited -> the next one opens the film of the newest epoch", async () => {
  const { stage, service, computation } = await editable();
  await stage.session.editing.edit(dark, "");
  await until(() => computation.epochs.includes(2));
  stage.exited("merge");
  stage.clock.advance(0);
  await until(() => stage.launcher.labels.includes("merge#2"));
  const next = await new FakeFilmService(freshAddress()).start();
  stage.services.push(next);
  stage.launcher.last("merge").announce(next.address);
  await until(() => next.watches.length > 0);
  next.say([], true, 2);
  await until(() => computation.assignments.at(-1) === next.address);
  expect(next.opened.map(({ epoch }) => epoch)).toEqual([2]);
  expect(service.opened.at(-1)?.epoch).toBe(2);
});

it("the session is edited before anybody has loaded its scene -> not yet; at its end -> not any more", async () => {
  const stage = stageOf();
  await expect(stage.session.editing.edit(dark, "")).rejects.toMatchObject({ code: "session-state" });
  await stage.session.stop();
  await stage.ended();
  await expect(stage.session.editing.edit(dark, "")).rejects.toMatchObject({ code: "session-state" });
});

it("a session began with edits -> its first assignment has them", async () => {
  const { stage } = await editable({ base: sessionRecord({ edits: dark, editor: "" }) });
  expect(stage.session.editing.read()).toMatchObject({ epoch: 1, edits: dark, contents });
});
