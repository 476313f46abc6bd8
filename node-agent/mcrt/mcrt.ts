// The process that renders: takes units from the coordinator, gives them to the renderer one per thread, sends what
// comes out to the merger, and reports. It keeps nothing that cannot be lost.
import { create } from "@bufbuild/protobuf";
import type { Log } from "../../host/log.ts";
import { errorToMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import {
  type Assignment,
  CreditSchema,
  PixelProbedSchema,
  PreparedSchema,
  type ProbePixel,
  UnitDoneSchema,
  UnitFailedSchema,
  UnitStartedSchema,
  type WorkOrder,
  type WorkReport,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import { ErrorDetailSchema, NoticeSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type Acknowledgement, Admission } from "../../proto/gen/arras/v1/film_pb.ts";
import type { PickReply } from "../../proto/gen/arras/v1/look_pb.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../../proto/limits.ts";
import { type Unit, type UnitKey, unitFromMessage, unitKey, unitToMessage } from "../../proto/unit.ts";
import { isVerified, verifyChoice } from "../../proto/verified-unit.ts";
import type { RenderedUnit, Renderer } from "../renderers/renderer.ts";
import { Backlog, type Begun } from "./backlog.ts";
import { contributionOf } from "./contribution.ts";
import { dropEpoch, dropUnits, type Epoch, type RunningUnit } from "./epoch.ts";
import { type ContributionSink, noSink } from "./film-link.ts";
import { HeldScene } from "./held-scene.ts";
import type { LoadedScene } from "./render-request.ts";
import { unitSums } from "./unit-sums.ts";

export interface McrtSettings {
  readonly sessionId: string;
  readonly computation: string;
  readonly nodeId: string;
  readonly threadCount: number;
}

/** What the mcrt needs of the world around it. */
export interface McrtSurroundings {
  /** May resolve when it has left this process. */
  report(report: WorkReport["report"]): void | Promise<void>;
  makeRenderer(render: RenderSpec): Renderer;
  loadScene(render: RenderSpec, film: FilmSpec): Promise<LoadedScene>;
  openSink(assignment: Assignment): ContributionSink;
  /** The coordinator wants it to end. */
  ended(): void;
}

interface SentUnit extends RenderedUnit {
  /** Until there was room in the window, milliseconds. */
  readonly waitedMs: number;
  /** Empty: it is not to be compared. */
  readonly sumsSha256: Uint8Array<ArrayBuffer>;
  /** It is to be compared and nothing else: it was not sent. */
  readonly isOnlyVerified: boolean;
}

const noSums = new Uint8Array(0);

export class Mcrt {
  readonly #settings: McrtSettings;
  readonly #world: McrtSurroundings;
  readonly #log: Log;
  #epoch: Epoch | undefined;
  /** Kept from one epoch to the next where only its edits differ. */
  #scene: HeldScene | undefined;
  /** Whether the coordinator knows what the scene is made of. */
  #hasToldScene = false;
  /** Rises with each assignment of another epoch, and at the end: an older one that still waits is then void. */
  #assignmentCount = 0;

  constructor(settings: McrtSettings, world: McrtSurroundings, log: Log) {
    this.#settings = settings;
    this.#world = world;
    this.#log = log;
  }

  /** One order of the coordinator. A malformed one fails the computation: its coordinator is not ours. */
  receive(order: WorkOrder): void {
    try {
      this.#obey(order);
    } catch (thrown) {
      this.#unable(thrown);
    }
  }

  #obey({ order }: WorkOrder): void {
    if (order.case === "assignment") void this.#assign(order.value);
    else if (order.case === "grant")
      this.#grant(order.value.units.map(unitFromMessage), order.value.verifyUnits.map(unitFromMessage));
    else if (order.case === "cancel") this.#cancel(order.value.units.map((unit) => unitKey(unitFromMessage(unit))));
    else if (order.case === "probe") void this.#probe(order.value);
    else if (order.case === "end") this.#world.ended();
  }

  /** The coordinator has taken all units back: drop them unreported, keep the scene. */
  disconnected(): void {
    this.#hasToldScene = false;
    if (this.#epoch !== undefined) dropUnits(this.#epoch);
  }

  async close(): Promise<void> {
    const epoch = this.#epoch;
    const scene = this.#scene;
    this.#epoch = undefined;
    this.#scene = undefined;
    this.#assignmentCount += 1;
    if (epoch !== undefined) dropEpoch(epoch);
    epoch?.sink.close();
    await scene?.close();
  }

  async #assign(assignment: Assignment): Promise<void> {
    const present = this.#epoch;
    if (present?.number === assignment.epoch) {
      this.#reassign(present, assignment);
      return;
    }
    this.#assignmentCount += 1;
    const count = this.#assignmentCount;
    this.#epoch = undefined;
    if (present !== undefined) dropEpoch(present);
    let epoch: Epoch | undefined;
    try {
      if (this.#scene?.serves(assignment) !== true) await this.#closeScene();
      if (count !== this.#assignmentCount) {
        present?.sink.close();
        return;
      }
      epoch = this.#open(assignment, present);
      this.#epoch = epoch;
      await this.#prepare(epoch);
    } catch (thrown) {
      if (epoch?.dropped) return;
      // Forgotten, so that the same assignment, which comes again after a reconnection, is tried again and answered.
      if (this.#epoch === epoch) this.#epoch = undefined;
      (epoch ?? present)?.sink.close();
      this.#unable(thrown);
      // One that is loaded can be shown with other edits.
      if (ArrasError.from(thrown).code !== "edit-impossible") await this.#closeScene().catch(() => {});
    }
  }

  async #closeScene(): Promise<void> {
    const scene = this.#scene;
    this.#scene = undefined;
    this.#hasToldScene = false;
    await scene?.close();
  }

  /** The computation as a whole cannot work. */
  #unable(thrown: unknown): void {
    const error = ArrasError.from(thrown, "renderer-failed");
    // The session tells whoever watches it; here it would be told twice.
    this.#log.debug({ code: error.code }, error.toString());
    void this.#world.report({ case: "failed", value: create(UnitFailedSchema, { error: errorToMessage(error) }) });
  }

  /** The same epoch again, after a reconnection or with another merger: the scene stays. */
  #reassign(epoch: Epoch, assignment: Assignment): void {
    dropUnits(epoch);
    epoch.sink.close();
    epoch.sink = this.#openSink(assignment);
    epoch.assignment = assignment;
    if (epoch.prepared !== undefined) this.#ready(epoch);
  }

  #open(assignment: Assignment, former: Epoch | undefined): Epoch {
    const { threadCount } = this.#settings;
    const notice = (text: string) =>
      void this.#world.report({ case: "notice", value: create(NoticeSchema, { level: 3, text }) });
    this.#scene ??= new HeldScene(assignment, { ...this.#world, threadCount, notice });
    return {
      number: assignment.epoch,
      assignment,
      scene: this.#scene,
      sink: this.#sinkFor(assignment, former),
      verified: verifyChoice(assignment.verifyShare, this.#settings.sessionId),
      onlyVerified: new WeakSet(),
      backlog: new Backlog(),
      running: new Set(),
      prepared: undefined,
      grantGeneration: 0,
      dropped: false,
    };
  }

  /** The former epoch's goes on where it leads to the same merger: a new connection takes longer than a small edit. */
  #sinkFor(assignment: Assignment, former: Epoch | undefined): ContributionSink {
    if (former === undefined) return this.#openSink(assignment);
    const { mergerAddress, mergerToken } = former.assignment;
    if (mergerAddress === assignment.mergerAddress && mergerToken === assignment.mergerToken) return former.sink;
    former.sink.close();
    return this.#openSink(assignment);
  }

  #openSink(assignment: Assignment): ContributionSink {
    return isAwaitingFilm(assignment) ? noSink : this.#world.openSink(assignment);
  }

  async #prepare(epoch: Epoch): Promise<void> {
    epoch.prepared = await epoch.scene.show(epoch.assignment, () => !epoch.dropped);
    if (epoch.dropped || epoch.prepared === undefined) return;
    this.#ready(epoch);
    while (this.#startNext(epoch));
    this.#announce(epoch);
  }

  /** What does not change with edits is told once. */
  #ready({ prepared, assignment }: Epoch): void {
    if (prepared === undefined || isAwaitingFilm(assignment)) return;
    const told = this.#hasToldScene ? { ...prepared, objectNames: [], contents: undefined } : prepared;
    this.#hasToldScene = true;
    void this.#world.report({ case: "prepared", value: create(PreparedSchema, told) });
    this.#credit(limits.leasedUnitsMax);
  }

  /** Beside the units; answered in any case. */
  async #probe({ probeIndex, x, y }: ProbePixel): Promise<void> {
    const answer = await this.#pick(x, y).then(
      (picked) => ({ picked }),
      (thrown: unknown) => ({ error: errorToMessage(ArrasError.from(thrown, "renderer-failed")) }),
    );
    void this.#world.report({ case: "probed", value: create(PixelProbedSchema, { probeIndex, ...answer }) });
  }

  async #pick(x: number, y: number): Promise<PickReply> {
    const epoch = this.#epoch;
    if (epoch?.prepared === undefined) throw notShown();
    const picked = await epoch.scene.pick(x, y);
    if (epoch.dropped) throw notShown();
    return { ...picked, epoch: epoch.number };
  }

  #credit(unitCount: number): void {
    if (unitCount > 0) void this.#world.report({ case: "credit", value: create(CreditSchema, { unitCount }) });
  }

  #grant(units: readonly Unit[], verifyUnits: readonly Unit[]): void {
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    for (const unit of verifyUnits) epoch.onlyVerified.add(unit);
    epoch.backlog.push([...units, ...verifyUnits].filter((unit) => unit.epoch === epoch.number));
    while (this.#startNext(epoch));
    this.#announce(epoch);
  }

  #cancel(keys: readonly UnitKey[]): void {
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    const cancelled = new Set(keys);
    this.#credit(epoch.backlog.drop(cancelled));
    for (const { unit, abort } of epoch.running) if (cancelled.has(unitKey(unit))) abort.abort();
    this.#announce(epoch);
  }

  /** False: no thread is free, or there is nothing for it. */
  #startNext(epoch: Epoch): boolean {
    if (epoch.dropped || epoch.prepared === undefined || epoch.running.size >= this.#settings.threadCount) return false;
    const begun = epoch.backlog.take();
    if (begun === undefined) return false;
    const running = { unit: begun.unit, grantGeneration: epoch.grantGeneration, abort: new AbortController() };
    epoch.running.add(running);
    void this.#render(epoch, begun, running).finally(() => {
      epoch.running.delete(running);
      this.#startNext(epoch);
    });
    return true;
  }

  /** Until one unit is announced for each thread that renders. */
  #announce(epoch: Epoch): void {
    const present = [...epoch.running].filter(({ grantGeneration }) => grantGeneration === epoch.grantGeneration);
    for (const { unit } of present.slice(epoch.backlog.announcedCount)) {
      if (epoch.backlog.toAnnounce !== undefined) void this.#started(epoch, unit);
    }
  }

  /** Says that a thread is at `unit`, and which one is next. */
  #started(epoch: Epoch, unit: Unit): void | Promise<void> {
    const { backlog } = epoch;
    const next = backlog.announcedCount < epoch.running.size ? backlog.toAnnounce : undefined;
    const value = { unit: unitToMessage(unit), ...(next && { next: unitToMessage(next) }) };
    const told = this.#world.report({ case: "started", value: create(UnitStartedSchema, value) });
    if (next !== undefined) backlog.announced(next, told ?? undefined);
    return told;
  }

  /**
   * Ends when the thread is free again: the contribution may still be on its way, but has its place in the window.
   * Every unit of a grant is answered exactly once: done, failed, or its credit given back; none after the grant is void.
   */
  async #render(epoch: Epoch, begun: Begun, { grantGeneration, abort: { signal } }: RunningUnit): Promise<void> {
    const { unit } = begun;
    const isVoid = () => grantGeneration !== epoch.grantGeneration;
    // Told before anything can go wrong: a crash is blamed only on what is known to be started or next.
    const started = this.#started(epoch, unit);
    const told = begun.isAnnounced ? begun.told : started;
    if (told !== undefined) await told;
    try {
      const rendered = await epoch.scene.renderer.render(unit, signal);
      if (isVoid()) return;
      const isOnlyVerified = epoch.onlyVerified.has(unit);
      const isChosen = isOnlyVerified || isVerified(epoch.verified, unit);
      const sumsSha256 = isChosen ? unitSums(rendered.planes) : noSums;
      if (isOnlyVerified) {
        this.#done(unit, { ...rendered, sumsSha256, waitedMs: 0, isOnlyVerified });
        return;
      }
      const renderedAtMs = performance.now();
      let waitedMs = 0;
      const sending = epoch.sink.contribute(contributionOf(this.#settings, unit, rendered));
      sending.acknowledged.then(
        (acknowledgement) =>
          isVoid() || this.#acknowledged(unit, { ...rendered, sumsSha256, waitedMs, isOnlyVerified }, acknowledgement),
        (error) => isVoid() || this.#failed(unit, error),
      );
      await sending.entered;
      waitedMs = performance.now() - renderedAtMs;
    } catch (thrown) {
      if (isVoid()) return;
      if (signal.aborted) this.#credit(1);
      else this.#failed(unit, thrown);
    }
  }

  #acknowledged(unit: Unit, rendered: SentUnit, { admission, error }: Acknowledgement): void {
    if (admission === Admission.STALE) {
      this.#credit(1);
      return;
    }
    if (admission === Admission.REFUSED) {
      const message = unitToMessage(unit);
      const refused =
        error ?? create(ErrorDetailSchema, { code: "internal", message: "The merger refused a contribution" });
      void this.#world.report({ case: "failed", value: create(UnitFailedSchema, { unit: message, error: refused }) });
      return;
    }
    // Whose sums are in the film instead, is not known here.
    this.#done(unit, admission === Admission.DUPLICATE ? { ...rendered, sumsSha256: noSums } : rendered);
  }

  #done(unit: Unit, { isOnlyVerified, sumsSha256, ...rendered }: SentUnit): void {
    const { renderMs, waitedMs } = rendered;
    const sizeBytes = rendered.planes.reduce((sum, plane) => sum + plane.bytes.length, 0);
    const address = (sample: { x: number; y: number; sampleIndex: number }) => ({
      $typeName: "arras.v1.SampleAddress" as const,
      ...sample,
    });
    const clampedSamples = rendered.clampedSamples.map(address);
    const nonFiniteSamples = rendered.nonFiniteSamples.map(address);
    const samples = isOnlyVerified ? {} : { sizeBytes, clampedSamples, nonFiniteSamples };
    const done = { unit: unitToMessage(unit), renderMs, waitedMs, ...samples, sumsSha256, verifying: isOnlyVerified };
    void this.#world.report({ case: "done", value: create(UnitDoneSchema, done) });
  }

  #failed(unit: Unit, thrown: unknown): void {
    const error = ArrasError.from(thrown, "renderer-failed");
    this.#log.debug({ unit: unitKey(unit), code: error.code }, error.message);
    const failed = create(UnitFailedSchema, { unit: unitToMessage(unit), error: errorToMessage(error) });
    void this.#world.report({ case: "failed", value: failed });
  }
}

/** Its scene is loaded, and nothing said until the merger is named. */
function isAwaitingFilm({ mergerAddress }: Assignment): boolean {
  return mergerAddress === "";
}

function notShown(): ArrasError {
  return new ArrasError("unavailable", {
    message: "The scene is being changed just now",
    action: "Ask again in a moment.",
  });
}
