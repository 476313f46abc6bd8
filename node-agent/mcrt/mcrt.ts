// The process that renders: shows the scene that the coordinator assigns, renders the units that it grants
// (unit-rendering.ts), and reports. It keeps nothing that cannot be lost.
import { create } from "@bufbuild/protobuf";
import type { Log } from "../../host/log.ts";
import { errorToMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import {
  type Assignment,
  PixelProbedSchema,
  PreparedSchema,
  type ProbePixel,
  type WorkOrder,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import { NoticeSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import type { PickReply } from "../../proto/gen/arras/v1/look_pb.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../../proto/limits.ts";
import { unitFromMessage, unitKey } from "../../proto/unit.ts";
import { verifyChoice } from "../../proto/verified-unit.ts";
import type { Renderer } from "../renderers/renderer.ts";
import { Backlog } from "./backlog.ts";
import { dropEpoch, dropUnits, type Epoch } from "./epoch.ts";
import { type ContributionSink, noSink } from "./film-link.ts";
import { HeldScene } from "./held-scene.ts";
import type { LoadedScene } from "./render-request.ts";
import { type RenderingSettings, UnitRendering } from "./unit-rendering.ts";
import { creditReport, failedReport, type Report } from "./unit-reports.ts";

/** What the mcrt needs of the world around it. */
export interface McrtSurroundings {
  /** May resolve when it has left this process. */
  report(report: Report): void | Promise<void>;
  makeRenderer(render: RenderSpec): Renderer;
  loadScene(render: RenderSpec, film: FilmSpec): Promise<LoadedScene>;
  openSink(assignment: Assignment): ContributionSink;
  /** The coordinator wants it to end. */
  ended(): void;
}

export class Mcrt {
  readonly #settings: RenderingSettings;
  readonly #world: McrtSurroundings;
  readonly #log: Log;
  readonly #rendering: UnitRendering;
  #epoch: Epoch | undefined;
  /** Kept from one epoch to the next where only its edits differ. */
  #scene: HeldScene | undefined;
  /** Whether the coordinator knows what the scene is made of. */
  #hasToldScene = false;
  /** Rises with each assignment of another epoch, and at the end: an older one that still waits is then void. */
  #assignmentCount = 0;

  constructor(settings: RenderingSettings, world: McrtSurroundings, log: Log) {
    this.#settings = settings;
    this.#world = world;
    this.#log = log;
    this.#rendering = new UnitRendering(settings, (report) => world.report(report), log);
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
    const epoch = this.#epoch;
    if (order.case === "assignment") void this.#assign(order.value);
    else if (order.case === "grant") {
      const { units, verifyUnits } = order.value;
      const [granted, toVerify] = [units.map(unitFromMessage), verifyUnits.map(unitFromMessage)];
      if (epoch !== undefined) this.#rendering.grant(epoch, granted, toVerify);
    } else if (order.case === "cancel") {
      const keys = order.value.units.map((unit) => unitKey(unitFromMessage(unit)));
      if (epoch !== undefined) this.#rendering.cancel(epoch, keys);
    } else if (order.case === "probe") void this.#probe(order.value);
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
    void this.#world.report(failedReport(error));
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
    this.#rendering.begin(epoch);
  }

  /** What does not change with edits is told once. */
  #ready({ prepared, assignment }: Epoch): void {
    if (prepared === undefined || isAwaitingFilm(assignment)) return;
    const told = this.#hasToldScene ? { ...prepared, objectNames: [], contents: undefined } : prepared;
    this.#hasToldScene = true;
    void this.#world.report({ case: "prepared", value: create(PreparedSchema, told) });
    void this.#world.report(creditReport(limits.leasedUnitsMax));
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
