// A session that its coordinator takes over from another one, or from itself: processes are a test's, the merger's gRPC
// service is real, time stands still until it is moved.
import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { Session } from "../../../coordinator/session.ts";
import type { SessionPlan, SessionSurroundings } from "../../../coordinator/session-plan.ts";
import { errorToMessage } from "../../../proto/error-message.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type EncodeImageRequest, EncodeImageRequestSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { AdoptedComputationSchema, ComputationExitedSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionWish } from "../../../proto/gen/arras/v1/record_pb.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { owning, sessionPlan, sessionRecord } from "../../fakes/session-plans.ts";
import { settled, until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
/** The coarse picture came, and was seen: the next tick grants samples. */
const coarseSeenMs = 50;
const whole = { x0: 0, y0: 0, x1: 16, y1: 16 };
const image: EncodeImageRequest = create(EncodeImageRequestSchema, { sessionId: "s" });
const failure = new ArrasError("memory-exceeded", { message: "too large", action: "a" });

interface Setting {
  readonly record?: Partial<SessionRecord>;
  readonly plan?: Partial<SessionPlan>;
  /** Saving waits for `saved()`. */
  readonly savesSlowly?: boolean;
  /** It had ended. */
  readonly reopened?: boolean;
}

class Stage {
  readonly clock = new FakeClock();
  readonly launcher = new FakeLauncher();
  readonly events: SessionEvent[] = [];
  readonly session: Session;
  service: FakeFilmService | undefined;
  mayAct = true;
  leftCount = 0;
  /** Attempts by name, of each record that was to be saved. */
  readonly saved: string[][] = [];
  #letSave: (() => void)[] = [];

  constructor({ record = {}, plan = {}, savesSlowly = false, reopened = false }: Setting = {}) {
    const { clock, launcher } = this;
    clock.advance(100_000);
    const base = sessionRecord({ state: SessionState.RENDERING, connectedAtMs: 1n, preparedAtMs: 95_000n, ...record });
    const save: SessionSurroundings["save"] = () => {
      this.saved.push(this.session.record.computations.map(({ name, attempt }) => `${name}#${attempt}`));
      if (!savesSlowly) return undefined;
      return new Promise<boolean>((resolve) => this.#letSave.push(() => resolve(true)));
    };
    const surroundings = { ...owning, launcher, clock, log: silentLog, mayAct: () => this.mayAct, save };
    this.session = new Session(sessionPlan({ base, budgetSpp: 2, ...plan }), surroundings, { adopted: true, reopened });
    this.session.watch(
      (event) => void this.events.push(event),
      () => {
        this.leftCount += 1;
      },
    );
  }

  letSave(): void {
    for (const let_ of this.#letSave.splice(0)) let_();
  }

  /** What the nodes say that they run, then the takeover begins. */
  async start(...names: readonly string[]): Promise<void> {
    this.service ??= await new FakeFilmService(freshAddress()).start();
    const found = names.map((name) =>
      create(AdoptedComputationSchema, { name, attempt: 3, address: name === "merge" ? this.service!.address : "" }),
    );
    this.launcher.running.set("n", found);
    this.session.start();
    await settled();
  }

  /** The film is open; the merger says what is in it: samples [0, end) of the only tile. */
  async ledger(end: number): Promise<void> {
    const { service } = this;
    await until(() => (service?.watches.length ?? 0) > 0);
    service!.say(end === 0 ? [] : [{ tileIndex: 0, cells: [{ rect: whole, merged: [{ begin: 0, end }] }] }], true);
  }

  connect(name: string): FakeComputation {
    return new FakeComputation(this.session, name);
  }

  get notices(): string[] {
    return this.events.flatMap(({ notices }) => notices.map(({ text }) => text));
  }

  async close(): Promise<void> {
    this.session.abandon();
    await this.service?.close();
  }
}

describe("a session that is taken over", () => {
  const stages: Stage[] = [];
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
  });
  function stageOf(setting: Setting = {}): Stage {
    const stage = new Stage(setting);
    stages.push(stage);
    return stage;
  }

  it("all of it runs -> nothing is launched; nothing is granted before the ledger, then what is missing", async () => {
    const stage = stageOf();
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const early = stage.connect("mcrt_i0");
    await until(() => (stage.service?.opened.length ?? 0) > 0);
    expect(early.orders).toEqual([]);
    await stage.ledger(1);
    await until(() => early.orders.length > 0);
    expect(early.assignments).toEqual([stage.service?.address]);
    early.prepare();
    const fine = early.units.filter(({ stridePx }) => stridePx === 1);
    expect(fine.map(({ sampleBegin, sampleEnd }) => [sampleBegin, sampleEnd])).toEqual([[1, 2]]);
    expect([stage.launcher.launches, stage.launcher.stopped]).toEqual([[], []]);
    expect(stage.notices).toEqual(["Another coordinator has taken the session over"]);
  });

  it("its film is whole already -> finished at once, with the receipt; computations end", async () => {
    const stage = stageOf();
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    await stage.ledger(2);
    await until(() => stage.events.at(-1)?.totals !== undefined);
    expect(stage.events.at(-1)).toMatchObject({ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } });
    expect(stage.events.at(-1)?.totals?.computations.map(({ restartCount }) => restartCount)).toEqual([0, 0]);
    expect(stage.launcher.stopped.sort()).toEqual(["n s mcrt_i0", "n s mcrt_i1"]);
  });

  it("a computation does not run any more -> written down, then started again under a new attempt; the other goes on", async () => {
    const stage = stageOf({ savesSlowly: true });
    await stage.start("merge", "mcrt_i1");
    stage.clock.advance(0);
    await settled();
    expect(stage.saved.at(-1)).toEqual(["merge#3", "mcrt_i0#2", "mcrt_i1#3"]);
    expect(stage.launcher.labels).toEqual([]);
    stage.letSave();
    await settled();
    expect(stage.launcher.labels).toEqual(["mcrt_i0#2"]);
  });

  it("it had ended and gets more samples -> its computations are started without blame, the merger's film is gone on with", async () => {
    const stage = stageOf({ reopened: true, plan: { budgetSpp: 3 }, record: { budgetSpp: 3 } });
    await stage.start("merge");
    expect(stage.launcher.labels.sort()).toEqual(["mcrt_i0#2", "mcrt_i1#2"]);
    expect(stage.notices).toEqual(["It goes on, and gets 3 samples per pixel now"]);
    const computation = stage.connect("mcrt_i0");
    await stage.ledger(2);
    await until(() => computation.assignments.length > 0);
    computation.prepare();
    const fine = computation.units.filter(({ stridePx }) => stridePx === 1);
    expect(fine.map(({ sampleBegin, sampleEnd }) => [sampleBegin, sampleEnd])).toEqual([[2, 3]]);
    expect(stage.events.at(-1)?.state).toBe(SessionState.RENDERING);
    expect(stage.session.record.computations.slice(1).map(({ restartCount }) => restartCount)).toEqual([0, 0]);
  });

  it("one passes its memory that has more already than it is defined to have -> given up, as by who gave it more", async () => {
    const base = sessionRecord();
    const computations = base.computations.map((each) => ({ ...each, formerLimitBytes: 2n ** 30n, attempt: 3 }));
    const stage = stageOf({ record: { computations } });
    expect(stage.session.record.computations.map(({ formerLimitBytes }) => formerLimitBytes)).toEqual(
      computations.map(() => 2n ** 30n),
    );
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const exit = { computation: "mcrt_i0", attempt: 3, cause: ExitCause.MEMORY };
    stage.session.exited(create(ComputationExitedSchema, { ...exit, error: errorToMessage(failure) }));
    stage.clock.advance(250);
    expect(stage.session.record.computations[1]?.gone?.message).toMatch(
      /passed the 1024 MB that it is defined to have/,
    );
  });

  it("pixels were given up -> they get nothing, the rest is granted, and it ends with holes", async () => {
    const rect = { $typeName: "arras.v1.PixelRect" as const, x0: 0, y0: 0, x1: 8, y1: 8 };
    const holes = [{ $typeName: "arras.v1.HoleRecord" as const, rect, fromSample: 0 }];
    const stage = stageOf({ record: { holes }, plan: { budgetSpp: 1 } });
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const computation = stage.connect("mcrt_i0");
    await stage.ledger(0);
    await until(() => computation.assignments.length > 0);
    computation.prepare();
    computation.renderGranted();
    stage.clock.advance(coarseSeenMs);
    const fine = computation.units.filter(({ stridePx }) => stridePx === 1);
    expect(fine.map(({ rect: { x0, y0 } }) => [x0, y0]).sort()).toEqual([
      [0, 8],
      [8, 0],
      [8, 8],
    ]);
    stage.service!.say([
      {
        tileIndex: 0,
        cells: fine.map((unit) => ({ rect: unit.rect, merged: [{ begin: 0, end: 1 }] })).concat([{ rect, merged: [] }]),
      },
    ]);
    await until(() => stage.events.at(-1)?.totals !== undefined);
    expect(stage.events.at(-1)).toMatchObject({ state: SessionState.HOLES, totals: { holes: [{ x1: 8, y1: 8 }] } });
  });

  it("a computation runs in a later attempt than the record says -> its exit is known by that", async () => {
    const stage = stageOf();
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const exit = { computation: "mcrt_i0", attempt: 3, cause: ExitCause.CRASHED };
    stage.session.exited(create(ComputationExitedSchema, { ...exit, attempt: 1 }));
    stage.clock.advance(0);
    expect(stage.launcher.labels).toEqual([]);
    stage.session.exited(create(ComputationExitedSchema, exit));
    stage.clock.advance(0);
    expect(stage.launcher.labels).toEqual(["mcrt_i0#4"]);
  });

  it("the merger does not run any more -> started again, and the whole frame is granted", async () => {
    const stage = stageOf();
    await stage.start("mcrt_i0", "mcrt_i1");
    const computation = stage.connect("mcrt_i0");
    stage.clock.advance(0);
    expect(stage.launcher.labels).toEqual(["merge#2"]);
    stage.launcher.last("merge").announce(stage.service!.address);
    await stage.ledger(0);
    await until(() => computation.orders.length > 0);
    computation.prepare();
    computation.renderGranted();
    stage.clock.advance(coarseSeenMs);
    expect(computation.units.filter(({ stridePx }) => stridePx === 1).map(({ sampleBegin }) => sampleBegin)).toContain(
      0,
    );
  });

  it("the merger runs and has not said where -> asked for it under its present attempt", async () => {
    const stage = stageOf();
    stage.service = await new FakeFilmService(freshAddress()).start();
    stage.launcher.running.set("n", [create(AdoptedComputationSchema, { name: "merge", attempt: 3 })]);
    stage.session.start();
    await settled();
    expect(stage.launcher.labels).toContain("merge#3");
    stage.launcher.last("merge").announce(stage.service.address);
    await until(() => stage.service!.opened.length > 0);
  });

  it("its node does not answer, then is lost -> all of it is started elsewhere", async () => {
    const stage = stageOf();
    stage.session.start();
    await settled();
    stage.clock.advance(2_000);
    expect(stage.launcher.labels).toEqual([]);
    stage.session.lostNode("n", new ArrasError("computation-lost", { message: "silent", action: "a" }));
    stage.clock.advance(0);
    expect(stage.launcher.labels.sort()).toEqual(["mcrt_i0#2", "mcrt_i1#2", "merge#2"]);
    const askedCount = stage.launcher.adopted.length;
    stage.clock.advance(2_000);
    await settled();
    expect(stage.launcher.adopted).toHaveLength(askedCount);
  });

  it("a computation was given up before -> it stays so, also in the record; another instruction set is still refused", async () => {
    const computations = sessionRecord().computations;
    computations[1]!.gone = errorToMessage(failure);
    const stage = stageOf({ record: { computations, instructionSet: "avx2" } });
    await stage.start("merge", "mcrt_i1");
    expect(() => stage.connect("mcrt_i0")).toThrow(expect.objectContaining({ code: "session-missing" }));
    expect(stage.session.record.computations[1]).toMatchObject({ name: "mcrt_i0", gone: { code: "memory-exceeded" } });
    const other = stage.connect("mcrt_i1");
    await stage.ledger(0);
    await until(() => other.orders.length > 0);
    other.prepare("sse2");
    expect([other.units, other.orders.at(-1)]).toEqual([[], "end"]);
    expect(stage.session.record.instructionSet).toBe("avx2");
  });

  it("a node of another renderer version joins after it -> its computation is refused, and the former version stays in the record", async () => {
    const stage = stageOf({ record: { instructionSet: "avx2", rendererBuild: "fake 1" } });
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const [other, same] = [stage.connect("mcrt_i0"), stage.connect("mcrt_i1")];
    await stage.ledger(0);
    await until(() => other.orders.length > 0 && same.orders.length > 0);
    other.prepare("avx2", 64, 1, undefined, "2");
    same.prepare("avx2", 64, 1, undefined, "1");
    expect([other.units, other.orders.at(-1), same.units.length > 0]).toEqual([[], "end", true]);
    stage.clock.advance(200);
    expect(stage.notices).toContainEqual(
      expect.stringContaining("mcrt_i0 renders with fake 2, the session with fake 1: their samples differ"),
    );
    expect(stage.session.record.rendererBuild).toBe("fake 1");
  });

  it("its time began with the former owner -> only what is left of it counts", async () => {
    const stage = stageOf({ plan: { durationMs: 8_000 } });
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    await stage.ledger(1);
    await settled();
    stage.clock.advance(2_999);
    expect(stage.session.state.t).toBe("rendering");
    stage.clock.advance(1);
    await until(() => stage.session.state.t === "finished");
  });

  it("it was to be stopped -> stopped when its film is known, with the receipt", async () => {
    const stage = stageOf({ record: { wish: SessionWish.STOP } });
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    await until(() => (stage.service?.opened.length ?? 0) > 0);
    expect(stage.session.state.t).toBe("rendering");
    await stage.ledger(1);
    await until(() => stage.events.at(-1)?.totals !== undefined);
    expect(stage.events.at(-1)).toMatchObject({ state: SessionState.STOPPED, receipt: { filmSha256: "abc" } });
  });

  it("it is to be stopped while its film is looked for, and the film is gone -> stopped without a receipt", async () => {
    const stage = stageOf();
    await stage.session.stop();
    expect(stage.session.record.wish).toBe(SessionWish.STOP);
    await stage.start("mcrt_i0", "mcrt_i1");
    await until(() => stage.events.at(-1)?.totals !== undefined);
    const last = stage.events.at(-1);
    expect([last?.state, last?.receipt]).toEqual([SessionState.STOPPED, undefined]);
  });

  describe("that has ended", () => {
    const final = create(SessionEventSchema, {
      state: SessionState.FINISHED,
      receipt: { filmSha256: "abc", sampleCount: 1n },
      totals: { metadata: { sceneName: "old.gltf" } },
    });
    const record = { state: SessionState.FINISHED, final };

    it("-> watchers get its end at once; only its merger is looked for, and pictures come when it is found", async () => {
      const stage = stageOf({ record });
      expect(stage.events).toMatchObject([{ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } }]);
      expect(() => stage.session.looking.encodeImage(image)).toThrow(expect.objectContaining({ code: "unavailable" }));
      await stage.start("merge");
      await until(() => (stage.service?.watches.length ?? 0) > 0);
      const { chunks } = stage.session.looking.encodeImage(image);
      const pieces: string[] = [];
      for await (const { content } of chunks) pieces.push(Buffer.from(content).toString());
      expect(pieces).toEqual(["s secret"]);
      stage.clock.advance(60_000);
      expect([stage.launcher.launches, stage.events.length]).toEqual([[], 1]);
    });

    it("and its merger is gone -> nothing is started; who wants a picture is told that the film is gone", async () => {
      const stage = stageOf({ record });
      await stage.start();
      stage.clock.advance(60_000);
      expect(stage.launcher.launches).toEqual([]);
      expect(() => stage.session.looking.encodeImage(image)).toThrow(/film is gone/);
    });
  });

  it("its owner loses it again -> nobody is told to end, streams close, watchers look elsewhere, nothing more is done", async () => {
    const stage = stageOf();
    await stage.start("merge", "mcrt_i0");
    const computation = stage.connect("mcrt_i0");
    await stage.ledger(0);
    await until(() => computation.orders.length > 0);
    stage.session.abandon();
    stage.session.abandon();
    expect([computation.isClosed, computation.orders, stage.leftCount]).toEqual([true, ["assignment"], 1]);
    stage.clock.advance(60_000);
    await settled();
    expect(stage.launcher.stopped).toEqual([]);
    expect(stage.launcher.labels).toEqual(["mcrt_i1#2"].slice(0, stage.launcher.labels.length));
    expect(await stage.session.stop()).toBe(false);
    expect(await stage.session.close()).toBe(false);
    expect(() => stage.connect("mcrt_i0")).toThrow(expect.objectContaining({ code: "unavailable" }));
  });

  it("its lease is over, and nobody has told it yet -> it does nothing, whatever it hears", async () => {
    const stage = stageOf();
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    const computation = stage.connect("mcrt_i0");
    await stage.ledger(0);
    await until(() => computation.orders.length > 0);
    stage.mayAct = false;
    const before = stage.events.length;
    computation.prepare();
    stage.clock.advance(1_000);
    stage.session.exited(create(ComputationExitedSchema, { computation: "mcrt_i1", attempt: 3 }));
    stage.session.lostNode("n", failure);
    stage.clock.advance(1_000);
    expect([computation.units, stage.events.length, stage.launcher.launches]).toEqual([[], before, []]);
    expect(() => stage.connect("mcrt_i1")).toThrow(expect.objectContaining({ code: "unavailable" }));
    expect([await stage.session.stop(), await stage.session.close()]).toEqual([false, false]);
    expect(stage.launcher.stopped).toEqual([]);
  });

  it("it ends -> told when its record has it, and not before", async () => {
    const stage = stageOf({ savesSlowly: true });
    await stage.start("merge", "mcrt_i0", "mcrt_i1");
    await stage.ledger(2);
    await until(() => stage.session.record.final !== undefined);
    await settled();
    expect(stage.events.every(({ state }) => state === SessionState.RENDERING)).toBe(true);
    expect(stage.session.record).toMatchObject({
      state: SessionState.FINISHED,
      final: { receipt: { filmSha256: "abc" } },
    });
    stage.letSave();
    await until(() => stage.events.at(-1)?.state === SessionState.FINISHED);
  });
});
