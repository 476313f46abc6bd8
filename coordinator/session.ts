// One session: launches its computations or takes them over, hands their reports to the planner, carries out what the
// planner decides, and tells watchers. It performs; deciding is in planner/, restart-policy.ts and session-state.ts.
// It acts only while its coordinator owns it, which it asks each time; without that it stands still until abandon().
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello, Prepared, UnitDone, UnitFailed, WorkReport } from "../proto/gen/arras/v1/budget_pb.ts";
import type { EncodeImageRequest, FilmReceipt } from "../proto/gen/arras/v1/film_pb.ts";
import type { ComputationExited, ComputationUsage } from "../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import type { CheckpointState, QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { pixelSampleCount, unitFromMessage } from "../proto/unit.ts";
import { Adoption, soughtOf, tellFound } from "./adoption.ts";
import { type Berth, Crew, type WorkStream } from "./crew.ts";
import { performOnCrew } from "./crew-effects.ts";
import { stateHappening, tellWhenFetched } from "./journal/session-happenings.ts";
import { MergerHost } from "./merger-host.ts";
import type { EncodedImage } from "./merger-link.ts";
import { observedPlanner } from "./metrics/observed-planner.ts";
import type { SessionBerths } from "./plan-session.ts";
import type { PlannerEffect, PlannerEvent } from "./planner/events.ts";
import type { Planner } from "./planner/planner.ts";
import { presentRecord } from "./records/present-record.ts";
import { SessionDeadlines } from "./session-deadlines.ts";
import { holeText, notConnected, otherBits, sessionElsewhere, waitedTooLong, withMoreText } from "./session-errors.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { changeState, isFinal, type SessionState, stateFromRecord, stateToMessage } from "./session-state.ts";
import { SessionTally } from "./session-tally.ts";
import { type SessionNow, SessionTelling } from "./session-telling.ts";
import type { SessionWatcher } from "./session-watchers.ts";
import { assignmentOrder } from "./work-orders.ts";
import { failedEvent, startedEvent } from "./work-reports.ts";

const epoch = 1;
const tickMs = 25;

export class Session {
  /** For whoever looks. `link` throws `session-state` while there is no film. */
  readonly view = { plan: () => this.#plan, link: () => this.#merger.link };
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #planner: Planner;
  readonly #crew: Crew;
  readonly #merger: MergerHost;
  readonly #tally: SessionTally;
  readonly #telling = new SessionTelling();
  readonly #deadlines: SessionDeadlines;
  /** Of a session that another coordinator began: what runs of it. */
  #adoption: Adoption | undefined;
  #state: SessionState = { t: "starting" };
  #wish = SessionWish.UNSPECIFIED;
  #receipt: FilmReceipt | undefined;
  #ending = false;
  #isAbandoned = false;

  /** `adopted`: its record is of another coordinator, or of an earlier time, and what it speaks of may run. */
  constructor(plan: SessionPlan, world: SessionSurroundings, { adopted = false } = {}) {
    this.#plan = plan;
    this.#world = world;
    const nowMs = world.clock.nowMs();
    this.#tally = SessionTally.fromRecord(plan.base, nowMs, world.epochOffsetMs);
    const { cropWindow, tileSizePx } = plan.film;
    const frame = { cropWindow, tileSizePx, budgetSpp: plan.budgetSpp, epoch, ...plan.adaptive };
    if (plan.merge === undefined) this.#state = { t: "queued" };
    const deadlines = { connected: () => this.#connectTimeout(), rendered: () => this.#timeIsUp() };
    this.#deadlines = new SessionDeadlines(plan, world.clock, deadlines);
    this.#planner = observedPlanner(frame, world, { sessionId: plan.sessionId, isTakenOver: adopted });
    this.#merger = new MergerHost(plan, world, {
      ledger: (tiles) => this.#step({ t: "ledger", tiles }),
      merged: (tiles) => this.#step({ t: "merged", tiles }),
      opened: () => this.#opened(),
      gone: (error) => this.#fail(error),
      restarting: (reason) => {
        this.#notice(2, `The merger is started again, and what its film lacks rendered again: ${reason.message}`);
        if (this.#wish === SessionWish.STOP) this.#stopNow();
      },
      notice: (level, text) => this.#notice(level, text),
      instructionSet: () => this.#tally.instructionSet,
    });
    const { sessionId, orderFor } = plan;
    const { bundleSha256 } = plan.render;
    this.#crew = new Crew(plan.mcrts, { ...world, listener: this, sessionId, bundleSha256, orderFor });
    if (adopted) this.#adoption = this.#adopt(plan.base);
    else for (const text of plan.notices) this.#notice(3, text);
  }

  start(): void {
    if (this.#adoption !== undefined) this.#adoption.start();
    else {
      this.#merger.start();
      this.#crew.launchAll();
    }
    this.#begin();
  }

  /** Its place in the queue has changed. */
  queued(place: QueuePlace): void {
    if (this.#state.t !== "queued" || this.#ending) return;
    this.#state = { t: "queued", place };
    this.#telling.tell(this.#now());
  }

  /** It waits no more. */
  place({ merge, mcrts }: SessionBerths, notes: readonly string[]): void {
    if (this.#state.t !== "queued" || this.#ending || merge === undefined) return;
    this.#adoption = undefined;
    for (const text of notes) this.#notice(3, text);
    // Written down with the places, as they are launched.
    this.#state = changeState(this.#state, { t: "starting" });
    this.#merger.place(merge);
    this.#crew.add(mcrts);
    this.#begin();
  }

  /** There is room for more of its range. */
  grow(mcrts: readonly Berth[]): void {
    if (this.#ending) return;
    this.#crew.add(mcrts);
    this.#notice(3, `There is room for ${mcrts.map(({ name }) => name).join(", ")} too`);
  }

  /** It has waited as long as it may. */
  expire(waitedMs: number): void {
    if (this.#state.t === "queued") this.#fail(waitedTooLong(waitedMs, this.#state.place));
  }

  #begin(): void {
    if (isFinal(this.#state) || this.#state.t === "queued") return;
    if (this.#state.t === "starting") this.#deadlines.connect();
    if (this.#state.t === "rendering") this.#deadlines.render(this.#state.preparedAtMs);
    this.#world.clock.after(tickMs, () => this.#tick());
  }

  get state(): SessionState {
    return this.#state;
  }

  /** What the store is to have of it. */
  get record(): SessionRecord {
    return presentRecord(this.#plan.base, {
      state: stateToMessage(this.#state),
      tally: this.#tally,
      epochOffsetMs: this.#world.epochOffsetMs,
      wish: this.#wish,
      merger: this.#merger.present,
      crew: this.#crew.present(),
      ...this.#merger.checkpoints.record,
      final: this.#telling.final,
    });
  }

  /**
   * The present state first; after a final state nothing more comes. `left`: it is told elsewhere from now on. Returns
   * how to stop watching.
   */
  watch(watcher: SessionWatcher, left: () => void = () => {}): () => void {
    if (this.#isAbandoned) left();
    else this.#telling.watch(watcher, this.#now(), left);
    return () => this.#telling.unwatch(watcher);
  }

  /** Resolves when the wish cannot be lost any more, with false when the session is not ours any more. */
  async stop(): Promise<boolean> {
    if (!this.#mayAct()) return false;
    if (isFinal(this.#state) || this.#ending) return true;
    this.#wish = SessionWish.STOP;
    const isSaved = this.#world.save();
    // What another coordinator left in the film is to be known first: see #opened.
    if (this.#adoption === undefined || this.#merger.isRead || this.#state.t === "queued") this.#stopNow();
    return (await isSaved) ?? true;
  }

  #stopNow(): void {
    if (isFinal(this.#state) || this.#ending) return;
    if (this.#state.t === "rendering") this.#step({ t: "stop" });
    else void this.#end({ t: "stopped" });
  }

  /** Rejects as SessionService.CheckpointSession says. */
  async checkpoint(): Promise<CheckpointState> {
    if (!this.#mayAct()) throw sessionElsewhere(this.#plan.sessionId);
    return this.#merger.checkpoints.request();
  }

  /** The picture of now, in pieces. Throws `session-state` while there is no film. */
  encodeImage(request: EncodeImageRequest): EncodedImage {
    const metadata = this.#telling.final?.totals?.metadata ?? this.#tally.metadata(this.#plan.sceneName);
    const { chunks, error } = this.#merger.link.encodeImage({ ...request, metadata });
    return { chunks: tellWhenFetched(chunks, request, this.#world), error };
  }

  /**
   * Ends all processes; also where a node does not answer. Who still watches is told that it was stopped. Resolves with
   * false when the session is not ours any more.
   */
  async close(): Promise<boolean> {
    if (!this.#mayAct()) return false;
    this.#wish = SessionWish.CLOSE;
    if ((await this.#world.save()) === false) return false;
    const hadEnd = this.#ending;
    this.#ending = true;
    this.#cancelDeadlines();
    await Promise.allSettled([this.#crew.end(), this.#merger.end()]);
    if (hadEnd || this.#isAbandoned) return !this.#isAbandoned;
    this.#tally.endedAtMs = this.#world.clock.nowMs();
    this.#setState({ t: "stopped" });
    this.#tellingEnds();
    this.#telling.tellEnd();
    return true;
  }

  /** Another coordinator owns it, or may soon: from now on nothing is done for it here, and nothing is undone. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#ending = true;
    this.#cancelDeadlines();
    this.#crew.abandon();
    this.#merger.abandon();
    this.#telling.leave();
  }

  /** Stopped for a while, this process may not know yet that it has lost the session. */
  #mayAct(): boolean {
    return !this.#isAbandoned && this.#world.mayAct();
  }

  /** Goes on from what the record says; what runs is found out by `start`. */
  #adopt(record: SessionRecord): Adoption {
    const { connectedAtMs = 0, preparedAtMs = 0 } = this.#tally;
    this.#wish = record.wish;
    this.#state = stateFromRecord(record, { connectedAtMs, preparedAtMs });
    this.#crew.adopt(record.computations);
    this.#merger.adopt(record.computations.find(({ name }) => this.#merger.isMerger(name))?.attempt || 1);
    if (isFinal(this.#state)) {
      this.#telling.final = record.final;
      this.#ending = true;
      this.#merger.keep();
    } else this.#notice(3, "Another coordinator has taken the session over");
    const isMerger = (name: string) => this.#merger.isMerger(name);
    const sought = soughtOf(record, { hasEnded: isFinal(this.#state), isMerger });
    return new Adoption(record.sessionId, new Set(sought.map(({ nodeId }) => nodeId)), {
      ...this.#world,
      found: (nodeId, running) => {
        const there = sought.filter((each) => each.nodeId === nodeId);
        if (this.#mayAct()) tellFound(there, running, this.#merger, this.#crew);
      },
    });
  }

  /** Throws `unavailable` when the session is another coordinator's now, and as Crew. */
  connected(hello: Hello, stream: WorkStream): void {
    if (!this.#mayAct()) throw sessionElsewhere(this.#plan.sessionId);
    this.#crew.connected(hello, stream);
    this.#tally.connectedAtMs ??= this.#world.clock.nowMs();
    this.#assign(hello.computation);
  }

  disconnected(computation: string, stream: WorkStream): void {
    this.#crew.disconnected(computation, stream);
  }

  report(computation: string, { report }: WorkReport): void {
    if (isFinal(this.#state) || !this.#mayAct()) return;
    if (report.case === "prepared") this.#prepared(computation, report.value);
    else if (report.case === "started") this.#step(startedEvent(computation, report.value));
    else if (report.case === "done") this.#done(computation, report.value);
    else if (report.case === "failed") this.#failed(computation, report.value);
    else if (report.case === "credit") this.#credit(computation, report.value.unitCount);
    else if (report.case === "notice") this.#notice(report.value.level, report.value.text);
  }

  exited(exit: ComputationExited): void {
    if (!this.#mayAct()) return;
    if (this.#merger.isMerger(exit.computation)) this.#merger.exited(exit);
    else this.#crew.exited(exit);
  }

  /** What it ran is placed again elsewhere. */
  lostNode(nodeId: string, error: ArrasError): void {
    this.#adoption?.lostNode(nodeId);
    if (this.#ending || !this.#mayAct()) return;
    this.#crew.lostNode(nodeId, error);
    this.#merger.lostNode(nodeId, error);
  }

  /** It is to leave in `leftMs`, at least: what it runs ends what it has begun, and goes elsewhere. Said each second. */
  drainNode(nodeId: string, leftMs: number): void {
    if (this.#ending || !this.#mayAct()) return;
    this.#crew.drainNode(nodeId, leftMs);
    this.#merger.drainNode(nodeId, leftMs, this.#planner.progress().restMs);
  }

  usage(usage: ComputationUsage): void {
    const peakBytes = Number(usage.peakMemoryBytes);
    if (this.#merger.isMerger(usage.computation)) this.#merger.usage(peakBytes);
    else this.#crew.usage(usage.computation, peakBytes);
  }

  // What the crew tells.

  draining(computation: string): void {
    this.#step({ t: "drain", computation });
  }

  left(computation: string, cause: "closed" | "lost" | "crashed"): void {
    this.#step({ t: "left", computation, cause });
  }

  restarting(computation: string, reason: ArrasError): void {
    this.#notice(2, `${computation} is started again: ${reason.message}`);
  }

  restartingWithMore(berth: Berth, reason: ArrasError): void {
    this.#notice(2, withMoreText(berth, reason));
  }

  unplaced(computation: string, reason: ArrasError): void {
    this.#notice(2, `${computation} waits for a place: ${reason.message}`);
  }

  gone(computation: string, error: ArrasError, remaining: number): void {
    this.#notice(1, `${computation} is gone for good: ${error.toString()}`);
    this.#world.release(computation);
    if (remaining === 0) this.#fail(error);
    else void this.#world.save();
  }

  /** The film is open, and the planner knows what is in it. */
  #opened(): void {
    if (!this.#mayAct()) return;
    if (this.#wish === SessionWish.STOP) {
      this.#stopNow();
      return;
    }
    if (this.#state.t === "starting") {
      this.#changeState({ t: "preparing", connectedAtMs: this.#world.clock.nowMs() });
    }
    for (const name of this.#crew.members.keys()) this.#assign(name);
  }

  #changeState(to: SessionState): void {
    this.#setState(to);
    void this.#world.save();
  }

  #setState(to: SessionState): void {
    this.#state = changeState(this.#state, to);
    this.#world.journal?.record(stateHappening(this.#plan.sessionId, to));
  }

  /** Nothing until the film is open and read: then all who are connected get it. */
  #assign(computation: string): void {
    if (!this.#merger.isRead) return;
    this.#crew.send(computation, assignmentOrder(epoch, this.#plan, this.#merger.link.access));
  }

  #prepared(computation: string, prepared: Prepared): void {
    const { instructionSet } = this.#tally;
    if (instructionSet !== undefined && instructionSet !== prepared.instructionSet) {
      this.#crew.dismiss(computation, otherBits(computation, prepared.instructionSet, instructionSet));
      return;
    }
    if (instructionSet === undefined) this.#world.pin?.(prepared.instructionSet);
    const nowMs = this.#world.clock.nowMs();
    this.#tally.prepared(prepared);
    this.#tally.preparedAtMs ??= nowMs;
    if (this.#state.t === "preparing") {
      this.#changeState({ ...this.#state, t: "rendering", preparedAtMs: nowMs });
      this.#deadlines.render(nowMs);
    }
    this.#crew.prepared(computation);
    const threadCount = this.#crew.members.get(computation)?.berth.threadCount ?? 1;
    this.#step({ t: "joined", computation, threadCount });
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
    this.#step(failedEvent(computation, unitFromMessage(failed.unit), error));
    this.#credit(computation, 1);
  }

  #step(event: PlannerEvent): void {
    if (!this.#mayAct()) return;
    for (const effect of this.#planner.step(this.#world.clock.nowMs(), event)) this.#perform(effect);
    if (this.#planner.hasFirstPicture) this.#tally.firstPictureAtMs ??= this.#world.clock.nowMs();
  }

  #perform(effect: PlannerEffect): void {
    if (effect.t === "complete") void this.#end({ t: effect.outcome });
    else if (effect.t === "reconcile") this.#merger.watch();
    else if (effect.t !== "hole") performOnCrew(effect, this.#crew);
    else {
      this.#tally.hole(effect.rect, effect.fromSample);
      void this.#world.save();
      this.#notice(1, holeText(effect));
    }
  }

  #timeIsUp(): void {
    if (this.#state.t !== "rendering") return;
    this.#notice(3, `The time of ${(this.#plan.durationMs ?? 0) / 1000} s is up`);
    void this.#end({ t: this.#tally.holes.length > 0 ? "holes" : "finished" });
  }

  #connectTimeout(): void {
    if (this.#state.t !== "starting" || this.#ending) return;
    this.#fail(notConnected(this.#plan.connectTimeoutMs));
  }

  readonly #fail = (error: ArrasError): void => void this.#end({ t: "failed", error });

  /** Grants nothing more, asks for the receipt, tells the final state. The merger stays, for its pictures. */
  async #end(final: SessionState): Promise<void> {
    if (this.#ending || !this.#mayAct()) return;
    this.#ending = true;
    this.#tally.endedAtMs = this.#world.clock.nowMs();
    this.#cancelDeadlines();
    this.#step({ t: "stop" });
    this.#merger.keep();
    // First the crew, so that nothing is added any more to what the receipt and then the pictures are made of.
    await this.#crew.end();
    if (!this.#isAbandoned) this.#world.renderingEnded(this.#merger.present?.berth.name);
    const state = await this.#readReceipt(final);
    await this.#merger.checkpoints.ended(state.t === "finished", this.#planner.progress().pixelSamples);
    if (this.#isAbandoned) return;
    this.#setState(state);
    this.#tellingEnds();
    // Told when it cannot be lost any more. Who owns the session instead finds the whole film, and ends it again.
    const saved = this.#world.save();
    if (saved !== undefined) await saved;
    this.#telling.tellEnd();
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
    this.#world.clock.after(tickMs, () => this.#tick());
    if (!this.#mayAct()) return;
    this.#step({ t: "tick" });
    const nowMs = this.#world.clock.nowMs();
    this.#merger.checkpoints.tick(nowMs, () => this.#planner.progress().pixelSamples);
    this.#telling.tellSometimes(nowMs, () => this.#now());
  }

  #cancelDeadlines(): void {
    this.#adoption?.end();
    this.#deadlines.cancel();
  }

  #notice(level: number, text: string): void {
    this.#telling.notice(level, text);
  }

  #now(): SessionNow {
    const { state: checkpoint } = this.#merger.checkpoints;
    return { state: this.#state, progress: this.#planner.progress(), checkpoint };
  }

  #tellingEnds(): void {
    const { sceneName } = this.#plan;
    const crew = this.#crew.present();
    this.#telling.end({ ...this.#now(), tally: this.#tally, crew, receipt: this.#receipt, sceneName });
  }
}
