// The rendering of one session: tells the planner what its computations and its merger report, and carries out what the
// planner decides. It performs; deciding is in planner/.
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello, Prepared, UnitDone, UnitFailed, WorkReport } from "../proto/gen/arras/v1/budget_pb.ts";
import type { Notice } from "../proto/gen/arras/v1/common_pb.ts";
import { limits } from "../proto/limits.ts";
import { unitFromMessage } from "../proto/unit.ts";
import { verifyChoice } from "../proto/verified-unit.ts";
import type { Berth } from "./berth.ts";
import { Crew } from "./crew.ts";
import { performOnCrew } from "./crew-effects.ts";
import type { WorkStream } from "./crew-member.ts";
import type { CrewListener } from "./crew-roster.ts";
import { EarlyComputations } from "./early-reports.ts";
import { evidenceText, uncheckedText, undecidedText, wrongText } from "./evidence.ts";
import type { MergerFilm } from "./merger-film.ts";
import { observedPlanner } from "./metrics/observed-planner.ts";
import { PixelProbes } from "./pixel-probes.ts";
import type { PlannerEffect, PlannerEvent } from "./planner/events.ts";
import type { Planner } from "./planner/planner.ts";
import type { Progress } from "./planner/progress.ts";
import type { SceneEpoch } from "./scene-epoch.ts";
import { holeText, otherBits, quarantinedNode, withMoreText } from "./session-errors.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import type { SessionPulse } from "./session-pulse.ts";
import { rendererBuild, type SessionTally } from "./session-tally.ts";
import { assignmentOrder } from "./work-orders.ts";
import { doneEvent, failedEvent, startedEvent } from "./work-reports.ts";

const noMerger = { address: "", token: "" } as const;

export interface WorkListener {
  /** The first computation is ready. */
  rendering(nowMs: number): void;
  /** Every pixel of the present epoch's coarse picture is there. */
  firstPicture(): void;
  /** Nothing is granted until the region that is rendered alone is lifted, or not any more. */
  regionDone(isDone: boolean): void;
  /** All that can be merged is, or nothing more is wanted. */
  complete(outcome: "finished" | "holes" | "stopped"): void;
  /** A computation cannot work at all; true: that is taken care of. */
  refused(error: ArrasError): boolean;
  /** Nobody can render it any more. */
  failed(error: ArrasError): void;
  notice(level: number, text: string): void;
}

export interface WorkParts {
  readonly life: SessionLife;
  readonly tally: SessionTally;
  readonly scene: SceneEpoch;
  readonly film: Pick<MergerFilm, "isRead" | "link" | "opening" | "watch">;
  readonly listener: WorkListener;
  readonly pulse: Pick<SessionPulse, "quicken">;
  /** Another coordinator has begun it. */
  readonly isTakenOver: boolean;
}

export class SessionWork implements CrewListener {
  readonly crew: Crew;
  readonly probes: PixelProbes;
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #parts: WorkParts;
  readonly #planner: Planner;
  readonly #early = new EarlyComputations();
  /** What its computations have said of the scene. */
  readonly #noticed = new Set<string>();

  constructor(plan: SessionPlan, world: SessionSurroundings, parts: WorkParts) {
    this.#plan = plan;
    this.#world = world;
    this.#parts = parts;
    const { sessionId, orderFor, film, budgetSpp, adaptive, render } = plan;
    const { cropWindow, tileSizePx } = film;
    const verify = verifyChoice(plan.base.spec?.verifyShare ?? 0, sessionId);
    const frame = { cropWindow, tileSizePx, verify, budgetSpp, epoch: parts.scene.number, ...adaptive };
    this.#planner = observedPlanner(frame, world, { sessionId, isTakenOver: parts.isTakenOver });
    // Nothing is answered: nobody has joined yet.
    for (const { rect, fromSample } of parts.tally.holes)
      this.#planner.step(world.clock.nowMs(), { t: "known-hole", rect, fromSample });
    const { bundleSha256 } = render;
    const { scene } = parts;
    this.probes = new PixelProbes(world.clock, {
      showing: () => [...this.crew.members.keys()].filter((name) => scene.isShownBy(name)),
      send: (name, order) => this.crew.send(name, order),
    });
    const { placelessMsMax } = plan;
    this.crew = new Crew(plan.mcrts, { ...world, listener: this, sessionId, bundleSha256, orderFor, placelessMsMax });
  }

  /** Every pixel of the coarse picture is there, or nobody is to make it now. */
  get hasFirstPicture(): boolean {
    return this.#planner.hasFirstPicture || this.#planner.outcome === "paused";
  }

  /** The scene is another now: all that was granted or rendered is void. Computations join again when they show it. */
  startEpoch(): void {
    this.#parts.tally.startEpoch();
    this.step({ t: "edited", epoch: this.#parts.scene.number });
  }

  progress(): Progress {
    return this.#planner.progress();
  }

  /** Tells the planner, and does what it answers. */
  step(event: PlannerEvent): void {
    if (!this.#parts.life.mayAct()) return;
    const hadFirstPicture = this.#planner.hasFirstPicture;
    for (const effect of this.#planner.step(this.#world.clock.nowMs(), event)) this.#perform(effect);
    if (this.#planner.isTimeAwaited) this.#parts.pulse.quicken();
    if (!this.#planner.hasFirstPicture) return;
    this.#parts.tally.firstPictureAtMs ??= this.#world.clock.nowMs();
    if (!hadFirstPicture) this.#parts.listener.firstPicture();
  }

  #perform(effect: PlannerEffect): void {
    const { listener, film, tally } = this.#parts;
    switch (effect.t) {
      case "complete":
        this.#tellUnchecked();
        listener.complete(effect.outcome);
        break;
      case "region-done":
        listener.regionDone(effect.isDone);
        break;
      case "wrong":
      case "undecided":
        this.#differed(effect);
        break;
      case "unheard":
        tally.unheard(effect.unit);
        break;
      case "reconcile":
        film.watch();
        break;
      case "hole":
        tally.hole(effect.rect, effect.fromSample);
        void this.#world.save();
        listener.notice(1, holeText(effect));
        break;
      default:
        performOnCrew(effect, this.crew);
    }
  }

  /** Nodes made different things of the same samples. */
  #differed(effect: Extract<PlannerEffect, { readonly t: "wrong" | "undecided" }>): void {
    const { sessionId } = this.#plan;
    const { journal, wrongNodes } = this.#world;
    const evidence = evidenceText(effect.unit, effect.votes);
    if (effect.t === "undecided") {
      journal?.record({ t: "session-undecided", sessionId, evidence });
      this.#parts.listener.notice(1, undecidedText(evidence));
      return;
    }
    this.#parts.listener.notice(1, wrongText(effect.nodeId, evidence));
    wrongNodes?.found(effect.nodeId, evidence);
  }

  #tellUnchecked(): void {
    const { uncheckedCount } = this.#planner.progress();
    if (uncheckedCount > 0) this.#parts.listener.notice(3, uncheckedText(uncheckedCount));
  }

  /** Its samples were found wrong, here or elsewhere. The film is its merger's business. */
  quarantined(nodeId: string): void {
    this.step({ t: "quarantined", nodeId });
    this.#leaveNode(nodeId);
  }

  #leaveNode(nodeId: string): void {
    this.crew.leaveNode(nodeId, (computation) => quarantinedNode(computation, nodeId));
  }

  /** The film is open and read, or its first merger is being asked for it: all who are connected get it. */
  assignAll(): void {
    for (const name of this.crew.members.keys()) if (!this.#takeEarly(name)) this.#assign(name);
  }

  /** Nothing until the film is open and read; but before its first opening the scene, to be loaded meanwhile. */
  #assign(computation: string): void {
    const { life, film, scene } = this.#parts;
    if (!film.isRead && life.state.t !== "starting") return;
    const access = film.isRead ? film.link.access : (film.opening ?? noMerger);
    const isConnected = this.crew.members.get(computation)?.phase.t === "connected";
    if (!film.isRead && isConnected)
      this.#early.assigned(computation, { epoch: scene.number, mergerAddress: access.address });
    this.crew.send(computation, assignmentOrder(scene, this.#plan, access));
  }

  /** False: it was not assigned what is open now. */
  #takeEarly(computation: string): boolean {
    const { film, scene } = this.#parts;
    if (!film.isRead) return false;
    const early = this.#early.take(computation, {
      epoch: scene.number,
      mergerAddress: film.link.access.address,
    });
    if (early?.prepared !== undefined) this.#prepared(computation, early.prepared);
    if (early !== undefined && early.creditCount > 0) this.#credit(computation, early.creditCount);
    return early !== undefined;
  }

  // What computations say.

  /** Throws as Crew. */
  connected(hello: Hello, stream: WorkStream): void {
    this.crew.connected(hello, stream);
    this.#parts.tally.connectedAtMs ??= this.#world.clock.nowMs();
    this.#assign(hello.computation);
  }

  report(computation: string, { report }: WorkReport): void {
    if (this.#isKeptEarly(computation, report) || !this.#isOfNow(computation, report)) return;
    if (report.case === "prepared") this.#prepared(computation, report.value);
    else if (report.case === "started") this.step(startedEvent(computation, report.value));
    else if (report.case === "done") this.#done(computation, report.value);
    else if (report.case === "failed") this.#failed(computation, report.value);
    else if (report.case === "credit") this.#credit(computation, report.value.unitCount);
    else if (report.case === "probed") this.probes.answered(computation, report.value);
    else if (report.case === "notice") this.#notice(report.value);
  }

  /** Each of its computations loads the scene and says the same of it, again after each start. */
  #notice({ level, text }: Notice): void {
    if (this.#noticed.has(text) || this.#noticed.size >= limits.sessionNoticesMax) return;
    this.#noticed.add(text);
    this.#parts.listener.notice(level, text);
  }

  /** Nothing may be granted yet. */
  #isKeptEarly(computation: string, report: WorkReport["report"]): boolean {
    if (report.case === "credit") return this.#early.credit(computation, report.value.unitCount);
    const isPrepared = report.case === "prepared" && report.value.epoch === this.#parts.scene.number;
    return isPrepared && this.#early.prepared(computation, report.value);
  }

  /** Of a computation that shows another epoch only what concerns all of it matters. */
  #isOfNow(computation: string, report: WorkReport["report"]): boolean {
    const { scene } = this.#parts;
    if (report.case === "prepared") return report.value.epoch === scene.number;
    // Malformed ones end the stream in any case.
    if (report.case === "started" || report.case === "done") unitFromMessage(report.value.unit);
    const isOfUnits = report.case !== "notice" && !(report.case === "failed" && report.value.unit === undefined);
    return !isOfUnits || scene.isShownBy(computation);
  }

  #prepared(computation: string, prepared: Prepared): void {
    const { life, tally, listener, scene } = this.#parts;
    const { instructionSet } = tally;
    if (instructionSet !== undefined && instructionSet !== prepared.instructionSet) {
      this.crew.dismiss(computation, otherBits(computation, prepared.instructionSet, instructionSet));
      return;
    }
    const build = rendererBuild(prepared);
    if (tally.rendererBuild !== undefined && tally.rendererBuild !== build) {
      this.crew.dismiss(computation, otherBits(computation, build, tally.rendererBuild));
      return;
    }
    if (instructionSet === undefined) this.#world.pin?.(prepared.instructionSet);
    const nowMs = this.#world.clock.nowMs();
    const isFirst = !scene.isKnownTo(computation);
    scene.shown(computation, prepared);
    tally.prepared(prepared);
    tally.preparedAtMs ??= nowMs;
    if (life.state.t === "preparing") {
      life.change({ ...life.state, t: "rendering", preparedAtMs: nowMs });
      listener.rendering(nowMs);
    }
    if (isFirst) this.crew.prepared(computation);
    const berth = this.crew.members.get(computation)?.berth;
    // It was being started when its node was found out.
    if (berth !== undefined && this.#world.wrongNodes?.has(berth.nodeId)) this.#leaveNode(berth.nodeId);
    else this.step({ t: "joined", computation, threadCount: berth?.threadCount ?? 1, nodeId: berth?.nodeId ?? "" });
  }

  #done(computation: string, done: UnitDone): void {
    const unit = unitFromMessage(done.unit);
    const { tally, listener } = this.#parts;
    this.crew.worked(computation);
    if (unit.stridePx === 1 && !done.verifying) {
      for (const text of tally.done(computation, unit, done)) listener.notice(2, text);
    }
    this.step(doneEvent(computation, unit, done));
    this.#credit(computation, 1);
  }

  #credit(computation: string, unitCount: number): void {
    this.step({ t: "credit", computation, units: Math.min(unitCount, limits.leasedUnitsMax) });
  }

  #failed(computation: string, failed: UnitFailed): void {
    const error = failed.error === undefined ? ArrasError.from("unknown failure") : errorFromMessage(failed.error);
    if (failed.unit === undefined) {
      if (this.#parts.listener.refused(error)) return;
      // No other computation would fare better with the same scene.
      if (error.retry === "never") this.#parts.listener.failed(error);
      else if (error.code === "cache-failed") this.crew.relocate(computation, error);
      else this.crew.dismiss(computation, error);
      return;
    }
    this.step(failedEvent(computation, unitFromMessage(failed.unit), error));
    this.#credit(computation, 1);
  }

  // What the crew tells.

  draining(computation: string): void {
    this.step({ t: "drain", computation });
  }

  left(computation: string, cause: "closed" | "lost" | "crashed"): void {
    this.#parts.scene.left(computation);
    this.#early.left(computation);
    this.probes.left(computation);
    this.step({ t: "left", computation, cause });
  }

  restarting(computation: string, reason: ArrasError): void {
    this.#parts.listener.notice(2, `${computation} is started again: ${reason.message}`);
  }

  restartingWithMore(berth: Berth, reason: ArrasError): void {
    this.#parts.listener.notice(2, withMoreText(berth, reason));
  }

  unplaced(computation: string, reason: ArrasError): void {
    this.#parts.listener.notice(2, `${computation} waits for a place: ${reason.message}`);
  }

  gone(computation: string, error: ArrasError, remaining: number): void {
    this.#parts.listener.notice(1, `${computation} is gone for good: ${error.toString()}`);
    this.#world.release(computation);
    if (remaining === 0) this.#parts.listener.failed(error);
    else void this.#world.save();
  }
}
