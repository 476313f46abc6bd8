// One session: launches its computations, hands their reports to the planner, carries out what the planner decides,
// and tells watchers. It performs; deciding is in planner/, restart-policy.ts and session-state.ts.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Timer } from "../host/clock.ts";
import { errorFromMessage, errorToMessage } from "../proto/error-message.ts";
import { ArrasError, type RetryClass } from "../proto/errors.ts";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import {
  AssignmentSchema,
  GrantSchema,
  type Hello,
  type Prepared,
  type UnitDone,
  type UnitFailed,
  type UnitStarted,
  type WorkReport,
} from "../proto/gen/arras/v1/budget_pb.ts";
import type { EncodeImageRequest, FilmReceipt } from "../proto/gen/arras/v1/film_pb.ts";
import type { ComputationExited, ComputationUsage } from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionEventSchema } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { pixelSampleCount, type Unit, unitFromMessage, unitToMessage } from "../proto/unit.ts";
import { Crew, type WorkStream } from "./crew.ts";
import { MergerHost } from "./merger-host.ts";
import type { MergerLink } from "./merger-link.ts";
import type { PlannerEffect, PlannerEvent } from "./planner/events.ts";
import { Planner } from "./planner/planner.ts";
import { progressMessage } from "./progress-message.ts";
import { SampleRate } from "./sample-rate.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { changeState, isFinal, type SessionState, stateToMessage } from "./session-state.ts";
import { SessionTally } from "./session-tally.ts";
import { type SessionWatcher, SessionWatchers } from "./session-watchers.ts";
import { stuckError } from "./stuck-error.ts";

const epoch = 1;
const tickMs = 25;
const tellIntervalMs = 200;

export interface EncodedImage {
  readonly chunks: ReturnType<MergerLink["encodeImage"]>;
  /** What a failure of `chunks` means. */
  error(thrown: unknown): ArrasError;
}

export class Session {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #planner: Planner;
  readonly #crew: Crew;
  readonly #merger: MergerHost;
  readonly #tally: SessionTally;
  readonly #rate = new SampleRate();
  readonly #watchers = new SessionWatchers();
  /** Of the connection's and the budget's time. */
  readonly #deadlines: Timer[] = [];
  #state: SessionState = { t: "starting" };
  #toldAtMs = 0;
  #receipt: FilmReceipt | undefined;
  #ending = false;

  constructor(plan: SessionPlan, world: SessionSurroundings) {
    this.#plan = plan;
    this.#world = world;
    this.#tally = new SessionTally(world.clock.nowMs());
    const { cropWindow, tileSizePx } = plan.film;
    this.#planner = new Planner({ cropWindow, tileSizePx, budgetSpp: plan.budgetSpp, epoch, ...plan.adaptive });
    this.#merger = new MergerHost(plan, world, {
      ledger: (tiles) => this.#step({ t: "ledger", tiles }),
      merged: (tiles) => this.#step({ t: "merged", tiles }),
      opened: () => this.#assignAll(),
      gone: (error) => this.#fail(error),
      restarting: (reason) =>
        this.#notice(2, `The merger is started again and the frame rendered again: ${reason.message}`),
    });
    const { sessionId, orderFor } = plan;
    this.#crew = new Crew(plan.mcrts, { ...world, listener: this, sessionId, orderFor });
    for (const text of plan.notices) this.#notice(3, text);
  }

  start(): void {
    this.#merger.start();
    this.#crew.launchAll();
    this.#deadlines.push(this.#world.clock.after(this.#plan.connectTimeoutMs, () => this.#connectTimeout()));
    this.#world.clock.after(tickMs, () => this.#tick());
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The present state first; after a final state nothing more comes. Returns how to stop watching. */
  watch(watcher: SessionWatcher): () => void {
    this.#watchers.add(watcher, this.#present());
    return () => this.#watchers.remove(watcher);
  }

  stop(): void {
    if (isFinal(this.#state) || this.#ending) return;
    if (this.#state.t === "rendering") this.#step({ t: "stop" });
    else void this.#end({ t: "stopped" });
  }

  /** The picture of now, in pieces. Throws `session-state` while there is no film. */
  encodeImage(request: EncodeImageRequest): EncodedImage {
    const { link } = this.#merger;
    const metadata = this.#tally.metadata(this.#plan.sceneName);
    return { chunks: link.encodeImage({ ...request, metadata }), error: (thrown) => link.error(thrown) };
  }

  /** Ends all processes; also where a node does not answer. Who still watches is told that it was stopped. */
  async close(): Promise<void> {
    const hadEnd = this.#ending;
    this.#ending = true;
    this.#cancelDeadlines();
    await Promise.allSettled([this.#crew.end(), this.#merger.end()]);
    if (hadEnd) return;
    this.#tally.endedAtMs = this.#world.clock.nowMs();
    this.#state = changeState(this.#state, { t: "stopped" });
    this.#watchers.emit(this.#present());
  }

  connected(hello: Hello, stream: WorkStream): void {
    this.#crew.connected(hello, stream);
    this.#tally.connectedAtMs ??= this.#world.clock.nowMs();
    this.#assign(hello.computation);
  }

  disconnected(computation: string, stream: WorkStream): void {
    this.#crew.disconnected(computation, stream);
  }

  report(computation: string, { report }: WorkReport): void {
    if (isFinal(this.#state)) return;
    if (report.case === "prepared") this.#prepared(computation, report.value);
    else if (report.case === "started") this.#started(computation, report.value);
    else if (report.case === "done") this.#done(computation, report.value);
    else if (report.case === "failed") this.#failed(computation, report.value);
    else if (report.case === "credit") this.#credit(computation, report.value.unitCount);
    else if (report.case === "notice") this.#notice(report.value.level, report.value.text);
  }

  exited(exit: ComputationExited): void {
    if (this.#merger.isMerger(exit.computation)) this.#merger.exited(exit);
    else this.#crew.exited(exit);
  }

  /** What it ran is placed again elsewhere. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#ending) return;
    this.#crew.lostNode(nodeId, error);
    this.#merger.lostNode(nodeId, error);
  }

  usage(usage: ComputationUsage): void {
    this.#crew.usage(usage.computation, Number(usage.peakMemoryBytes));
  }

  // What the crew tells.

  left(computation: string, cause: "closed" | "lost" | "crashed"): void {
    this.#step({ t: "left", computation, cause });
  }

  restarting(computation: string, reason: ArrasError): void {
    this.#notice(2, `${computation} is started again: ${reason.message}`);
  }

  unplaced(computation: string, reason: ArrasError): void {
    this.#notice(2, `${computation} waits for a place: ${reason.message}`);
  }

  gone(computation: string, error: ArrasError, remaining: number): void {
    this.#notice(1, `${computation} is gone for good: ${error.toString()}`);
    if (remaining === 0) this.#fail(error);
  }

  #assignAll(): void {
    if (this.#state.t === "starting") {
      this.#state = changeState(this.#state, { t: "preparing", connectedAtMs: this.#world.clock.nowMs() });
    }
    for (const name of this.#crew.members.keys()) this.#assign(name);
  }

  /** Nothing until the film is open: then all who are connected get it. */
  #assign(computation: string): void {
    if (!this.#merger.isOpen) return;
    const { render, film } = this.#plan;
    const { address, token } = this.#merger.link.access;
    const assignment = { epoch, render, film: filmSpecToMessage(film), mergerAddress: address, mergerToken: token };
    this.#crew.send(computation, { case: "assignment", value: create(AssignmentSchema, assignment) });
  }

  #prepared(computation: string, prepared: Prepared): void {
    const { instructionSet } = this.#tally;
    if (instructionSet !== undefined && instructionSet !== prepared.instructionSet) {
      const message = `${computation} renders with ${prepared.instructionSet}, the session with ${instructionSet}: their samples differ`;
      const action = "Restrict the session to machines of one kind.";
      this.#crew.dismiss(computation, new ArrasError("renderer-missing", { message, action, place: { computation } }));
      return;
    }
    const nowMs = this.#world.clock.nowMs();
    this.#tally.prepared(prepared);
    this.#tally.preparedAtMs ??= nowMs;
    if (this.#state.t === "preparing") {
      this.#state = changeState(this.#state, { ...this.#state, t: "rendering", preparedAtMs: nowMs });
      if (this.#plan.durationMs !== undefined)
        this.#deadlines.push(this.#world.clock.after(this.#plan.durationMs, () => this.#timeIsUp()));
    }
    const threadCount = this.#crew.members.get(computation)?.berth.threadCount ?? 1;
    this.#step({ t: "joined", computation, threadCount });
  }

  #started(computation: string, { unit, next }: UnitStarted): void {
    const announced = next === undefined ? {} : { next: unitFromMessage(next) };
    this.#step({ t: "started", computation, unit: unitFromMessage(unit), ...announced });
  }

  #done(computation: string, done: UnitDone): void {
    const unit = unitFromMessage(done.unit);
    this.#crew.worked(computation);
    if (unit.stridePx === 1) {
      for (const text of this.#tally.done(done, pixelSampleCount(unit))) this.#notice(2, text);
    }
    this.#step({ t: "done", computation, unit, renderMs: done.renderMs });
    this.#credit(computation, 1);
  }

  #credit(computation: string, unitCount: number): void {
    this.#step({ t: "credit", computation, units: Math.min(unitCount, limits.leasedUnitsMax) });
  }

  #failed(computation: string, failed: UnitFailed): void {
    const error = failed.error === undefined ? ArrasError.from("unknown failure") : errorFromMessage(failed.error);
    if (failed.unit === undefined) {
      // No other computation would fare better with the same scene.
      if (error.retry === "never") this.#fail(error);
      else this.#crew.dismiss(computation, error);
      return;
    }
    const unit = unitFromMessage(failed.unit);
    if (error.code === "contribution-overlaps") this.#step({ t: "refused", computation, unit });
    else this.#step({ t: "failed", computation, unit, retry: unitRetry(error), reason: error.toString() });
    this.#credit(computation, 1);
  }

  #step(event: PlannerEvent): void {
    for (const effect of this.#planner.step(this.#world.clock.nowMs(), event)) this.#perform(effect);
    if (this.#planner.hasFirstPicture) this.#tally.firstPictureAtMs ??= this.#world.clock.nowMs();
  }

  #perform(effect: PlannerEffect): void {
    const messages = (units: readonly Unit[]) => units.map(unitToMessage);
    switch (effect.t) {
      case "grant":
        this.#crew.send(effect.computation, {
          case: "grant",
          value: create(GrantSchema, { units: messages(effect.units) }),
        });
        break;
      case "cancel":
        this.#crew.send(effect.computation, {
          case: "cancel",
          value: { $typeName: "arras.v1.CancelUnits", units: messages(effect.units) },
        });
        break;
      case "hole": {
        this.#tally.hole(effect.rect);
        const { x0, y0, x1, y1 } = effect.rect;
        this.#notice(1, `Pixels ${x0},${y0}-${x1},${y1} get no samples from ${effect.fromSample} on: ${effect.reason}`);
        break;
      }
      case "reconcile":
        this.#merger.watch();
        break;
      case "stuck":
        this.#crew.replace(effect.computation, stuckError(effect.computation, effect.unit, effect.runningMs));
        break;
      case "complete":
        void this.#end({ t: effect.outcome });
        break;
    }
  }

  #timeIsUp(): void {
    if (this.#state.t !== "rendering") return;
    this.#notice(3, `The time of ${(this.#plan.durationMs ?? 0) / 1000} s is up`);
    void this.#end({ t: this.#tally.holes.length > 0 ? "holes" : "finished" });
  }

  #connectTimeout(): void {
    if (this.#state.t !== "starting" || this.#ending) return;
    const message = `No computation was ready within ${this.#plan.connectTimeoutMs / 1000} s`;
    this.#fail(
      new ArrasError("timed-out", { message, action: "Allow more time (--con-timeout), or see the log (-l 4)." }),
    );
  }

  #fail(error: ArrasError): void {
    void this.#end({ t: "failed", error });
  }

  /** Grants nothing more, asks for the receipt, tells the final state. The merger stays, for its pictures. */
  async #end(final: SessionState): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#tally.endedAtMs = this.#world.clock.nowMs();
    this.#cancelDeadlines();
    this.#step({ t: "stop" });
    this.#merger.keep();
    // First the crew, so that nothing is added any more to what the receipt and then the pictures are made of.
    await this.#crew.end();
    this.#state = changeState(this.#state, await this.#readReceipt(final));
    this.#watchers.emit(this.#present());
  }

  /** Without its film a session has failed, however it ended. */
  async #readReceipt(final: SessionState): Promise<SessionState> {
    try {
      if (this.#merger.isOpen) this.#receipt = await this.#merger.link.receipt();
      return final;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      this.#notice(1, `The film's receipt could not be read: ${error.toString()}`);
      return final.t === "failed" ? final : { t: "failed", error };
    }
  }

  #tick(): void {
    if (this.#ending) return;
    const nowMs = this.#world.clock.nowMs();
    this.#step({ t: "tick" });
    if (nowMs - this.#toldAtMs >= tellIntervalMs) {
      this.#toldAtMs = nowMs;
      this.#rate.record(nowMs, this.#planner.progress().pixelSamples);
      this.#watchers.emit(this.#present());
    }
    this.#world.clock.after(tickMs, () => this.#tick());
  }

  #cancelDeadlines(): void {
    for (const timer of this.#deadlines.splice(0)) timer.cancel();
  }

  #notice(level: number, text: string): void {
    this.#watchers.notice(level, text);
  }

  #present(): MessageInitShape<typeof SessionEventSchema> {
    const state = this.#state;
    const progress = progressMessage(this.#planner.progress(), this.#rate.perSecond());
    const present = { state: stateToMessage(state), progress };
    if (!isFinal(state)) return present;
    const crew = [...this.#crew.members.values()].map(({ berth, restartCount, peakMemoryBytes }) => ({
      name: berth.name,
      nodeId: berth.nodeId,
      restartCount,
      peakMemoryBytes,
    }));
    return {
      ...present,
      totals: this.#tally.totals(crew, this.#receipt, this.#plan.sceneName),
      ...(this.#receipt === undefined ? {} : { receipt: this.#receipt }),
      ...(state.t === "failed" ? { error: errorToMessage(state.error) } : {}),
    };
  }
}

/** Sums that the merger cannot read are the sender's fault, not the unit's: another computation may do better. */
function unitRetry(error: ArrasError): RetryClass {
  return error.code === "message-malformed" ? "other-node" : error.retry;
}
