// One session, as scenarios: processes are a test's, the merger's gRPC service is real, time stands still until it is
// moved.
import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import type { Session } from "../../../coordinator/session.ts";
import type { SessionPlan, SessionSurroundings } from "../../../coordinator/session-plan.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { UnitStartedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { ComputationUsageSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import {
  QueuePlaceSchema,
  type SessionEvent,
  SessionSpecSchema,
  SessionState,
} from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { unitKey, unitToMessage } from "../../../proto/unit.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { berth, sessionRecord } from "../../fakes/session-plans.ts";
import { settled, until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { SessionStage } from "./session-stage.ts";

/** The coarse picture came, and was seen: the next tick grants samples. */
const coarseSeenMs = 50;
const freshAddress = socketFolder();

const whole = { x0: 0, y0: 0, x1: 16, y1: 16 };

describe("a session", () => {
  const stages: SessionStage[] = [];
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
  });
  function stageOf(overrides: Partial<SessionPlan> = {}, world: Partial<SessionSurroundings> = {}): SessionStage {
    const stage = new SessionStage(overrides, world);
    stages.push(stage);
    return stage;
  }

  /** The coarse picture is rendered and seen, then what is granted of the film, all of which is merged. */
  function renderAll(stage: SessionStage, service: FakeFilmService, computation: FakeComputation): void {
    computation.renderGranted();
    stage.clock.advance(coarseSeenMs);
    computation.renderGranted();
    service.say([{ tileIndex: 0, cells: [{ rect: whole, merged: [{ begin: 0, end: 1 }] }] }]);
  }

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

  it("everything is merged -> finished, with the receipt, totals and the end for computations", async () => {
    const stage = stageOf();
    const { service, computation } = await stage.rendering();
    expect(stage.session.state.t).toBe("rendering");
    renderAll(stage, service, computation);
    const last = await stage.ended();
    expect(last).toMatchObject({ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } });
    expect(last.totals?.computations.map((each) => each.computation)).toEqual(["mcrt_i0", "mcrt_i1"]);
    expect(last.totals?.metadata?.sceneName).toBe("scene.gltf");
    expect(computation.orders.at(-1)).toBe("end");
    expect(stage.launcher.stopped.sort()).toEqual(["n s mcrt_i0", "n s mcrt_i1"]);
    expect(stage.clock.timerCount).toBeLessThanOrEqual(1);
  });

  it("it has finished -> a late watcher gets the final state, all notices and the receipt at once", async () => {
    const stage = stageOf({ notices: ["early"] });
    const { service, computation } = await stage.rendering();
    renderAll(stage, service, computation);
    await stage.ended();
    const late: SessionEvent[] = [];
    stage.session.watch((event) => void late.push(event));
    expect(late).toMatchObject([{ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } }]);
    expect(late[0]?.notices.map(({ text }) => text)).toContain("early");
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

  it("the coarse units of all tiles are done -> the time of the first picture is in the totals", async () => {
    const stage = stageOf();
    const { service, computation } = await stage.rendering();
    stage.clock.advance(70);
    const coarse = computation.units.find(({ stridePx }) => stridePx > 1)!;
    computation.start(coarse);
    computation.done(coarse);
    stage.clock.advance(100);
    renderAll(stage, service, computation);
    expect((await stage.ended()).totals?.firstPictureMs).toBe(70);
  });

  it("the first computation cannot load the scene -> the session fails with its code", async () => {
    const stage = stageOf();
    await stage.openFilm();
    const computation = new FakeComputation(stage.session, "mcrt_i0");
    computation.fail("scene-broken");
    expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { code: "scene-broken" } });
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
    const stage = stageOf(
      {},
      { berthFor: (berth, reason) => (reason === "again" ? berth : { ...berth, nodeId: "m" }) },
    );
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

  it("it waits in the queue -> tells its place; is placed -> launched and starts; grows -> launched too", async () => {
    const ended: (string | undefined)[] = [];
    const stage = stageOf({ merge: undefined, mcrts: [] }, { renderingEnded: (merger) => void ended.push(merger) });
    expect([stage.last.state, stage.launcher.labels]).toEqual([SessionState.QUEUED, []]);
    const place = { position: 1, waitingCount: 2, reason: "No node is there", unblocks: "a node" };
    stage.session.queued(create(QueuePlaceSchema, place));
    expect(stage.last).toMatchObject({ state: SessionState.QUEUED, queue: place });
    expect(stage.session.record).toMatchObject({ state: SessionState.QUEUED, computations: [] });
    stage.session.place({ merge: berth("merge"), mcrts: [berth("mcrt_i0")] }, ["with fewer cores"]);
    expect(stage.launcher.labels).toEqual(["merge#1", "mcrt_i0#1"]);
    expect(stage.session.record.computations.map(({ name, attempt }) => `${name}#${attempt}`)).toEqual([
      "merge#1",
      "mcrt_i0#1",
    ]);
    stage.session.grow([berth("mcrt_i1")]);
    expect(stage.launcher.labels).toContain("mcrt_i1#1");
    await stage.openFilm();
    expect(stage.session.state.t).toBe("preparing");
    await stage.session.stop();
    expect((await stage.ended()).state).toBe(SessionState.STOPPED);
    expect(ended).toEqual(["merge"]);
    expect(stage.notices).toEqual(expect.arrayContaining(["with fewer cores", "There is room for mcrt_i1 too"]));
  });

  it.each<[string, (session: Session) => unknown, SessionState]>([
    ["is stopped", (session) => session.stop(), SessionState.STOPPED],
    ["is closed", (session) => session.close(), SessionState.STOPPED],
    ["has waited too long", (session) => session.expire(90_000), SessionState.FAILED],
  ])("it waits in the queue and %s -> ended, nothing launched, and places come too late", async (_, act, state) => {
    const stage = stageOf({ merge: undefined, mcrts: [] });
    await act(stage.session);
    expect((await stage.ended()).state).toBe(state);
    stage.session.queued(create(QueuePlaceSchema, { position: 1 }));
    stage.session.place({ merge: berth("merge"), mcrts: [berth("mcrt_i0")] }, []);
    stage.session.grow([berth("mcrt_i1")]);
    expect([stage.launcher.labels, stage.launcher.stopped, stage.clock.timerCount]).toEqual([[], [], 0]);
    if (state === SessionState.FAILED) expect(stage.last.error).toMatchObject({ code: "resources-insufficient" });
  });

  it("one of its computations is given up -> its place is given back", async () => {
    const released: string[] = [];
    const stage = stageOf({}, { release: (computation) => void released.push(computation) });
    const { computation } = await stage.rendering();
    computation.fail("renderer-failed");
    expect(released).toEqual(["mcrt_i0"]);
  });

  it("the merger cannot be kept alive -> the session fails", async () => {
    const stage = stageOf();
    await stage.openFilm();
    stage.exited("merge", 1, ExitCause.MEMORY);
    await settled();
    stage.exited("merge", 2, ExitCause.MEMORY);
    expect((await stage.ended()).state).toBe(SessionState.FAILED);
  });

  it("it is stopped while it renders -> stopped with what there is; again -> nothing", async () => {
    const stage = stageOf();
    await stage.rendering();
    await stage.session.stop();
    await stage.session.stop();
    expect(await stage.ended()).toMatchObject({ state: SessionState.STOPPED, receipt: { filmSha256: "abc" } });
  });

  it("it is stopped before anything is open -> stopped without a receipt", async () => {
    const stage = stageOf();
    await stage.session.stop();
    const last = await stage.ended();
    expect([last.state, last.receipt]).toEqual([SessionState.STOPPED, undefined]);
  });

  it("its receipt cannot be read -> failed, however it ended", async () => {
    const stage = stageOf();
    const { service, computation } = await stage.rendering();
    service.receiptError = new ArrasError("internal", { message: "no receipt", action: "a" });
    renderAll(stage, service, computation);
    expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { message: "no receipt" } });
  });

  it("its time is up -> finished; its time counts from the first prepared one", async () => {
    const stage = stageOf({ durationMs: 3000 });
    await stage.openFilm();
    stage.clock.advance(4000);
    const computation = new FakeComputation(stage.session, "mcrt_i0");
    computation.prepare();
    stage.clock.advance(2999);
    expect(stage.session.state.t).toBe("rendering");
    stage.clock.advance(1);
    expect((await stage.ended()).state).toBe(SessionState.FINISHED);
  });

  it("no film is open in time -> failed with timed-out; open in time -> goes on", async () => {
    const stage = stageOf();
    stage.clock.advance(5000);
    expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { code: "timed-out" } });
    const other = stageOf();
    await other.openFilm();
    await until(() => other.session.state.t === "preparing");
    other.clock.advance(5000);
    expect(other.session.state.t).toBe("preparing");
  });

  it("it is closed while it renders -> everybody who watches is told that it stopped, and all is ended", async () => {
    const stage = stageOf();
    await stage.rendering();
    stage.launcher.stopError = new Error("no answer");
    await stage.session.close();
    expect(stage.last.state).toBe(SessionState.STOPPED);
    expect(stage.launcher.stopped).toContain("n s merge");
    const count = stage.events.length;
    await stage.session.close();
    stage.clock.advance(10_000);
    expect(stage.events).toHaveLength(count);
  });

  it("a picture is asked for -> the merger's, by the session's token; before a film is open -> session-state", async () => {
    const stage = stageOf();
    const request = {
      $typeName: "arras.v1.EncodeImageRequest" as const,
      sessionId: "s",
      token: "",
      format: { case: undefined },
    };
    expect(() => stage.session.encodeImage(request)).toThrow(expect.objectContaining({ code: "session-state" }));
    await stage.rendering();
    const pieces: string[] = [];
    const { chunks } = stage.session.encodeImage(request);
    for await (const { content } of chunks) pieces.push(Buffer.from(content).toString());
    expect(pieces).toEqual(["s secret"]);
    const late = stage.session.encodeImage(request);
    await stage.session.close();
    // Whatever the merger's process said as it ended.
    expect(late.error(new Error("13 INTERNAL: Received RST_STREAM with code 2")).code).toBe("session-missing");
    expect(() => stage.session.encodeImage(request)).toThrow(expect.objectContaining({ code: "session-missing" }));
    late.chunks.on("error", () => {});
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

  it("what its processes use -> their peak in the totals", async () => {
    const stage = stageOf({ mcrts: [berth("mcrt_i0")] });
    const { service, computation } = await stage.rendering();
    stage.session.usage(create(ComputationUsageSchema, { computation: "mcrt_i0", peakMemoryBytes: 5n }));
    renderAll(stage, service, computation);
    expect((await stage.ended()).totals?.computations[0]?.peakMemoryBytes).toBe(5n);
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

  describe("its scene is edited while it renders", () => {
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
  });
});
