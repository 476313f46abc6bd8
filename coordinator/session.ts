// One session: launches its computations or takes them over, and tells watchers. Its parts share where it is in its life
// (session-life.ts): waiting for places (session-waiting.ts), rendering (session-work.ts), the film's process
// (merger-host.ts), the end (session-ending.ts). It acts only while its coordinator owns it, which it asks each time;
// without that it stands still until abandon().
import { ArrasError } from "../proto/errors.ts";
import type { Hello, WorkReport } from "../proto/gen/arras/v1/budget_pb.ts";
import type { ComputationExited, ComputationUsage } from "../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import type { CheckpointState } from "../proto/gen/arras/v1/session_pb.ts";
import { adoptSession } from "./adopted-session.ts";
import type { Adoption } from "./adoption.ts";
import type { WorkStream } from "./crew-member.ts";
import { SessionEditing } from "./editing.ts";
import { recordGoingOn } from "./going-on.ts";
import { SessionImages } from "./images/session-images.ts";
import { SessionLooking } from "./looking.ts";
import { MergerHost } from "./merger-host.ts";
import { presentRecord } from "./records/present-record.ts";
import { SceneEpoch } from "./scene-epoch.ts";
import { SessionDeadlines } from "./session-deadlines.ts";
import { SessionEnding } from "./session-ending.ts";
import { denoiserMissing, nobodyToAsk, notConnected, sessionElsewhere } from "./session-errors.ts";
import { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { SessionPulse } from "./session-pulse.ts";
import { type SessionState, stateToMessage } from "./session-state.ts";
import { crewTotals, SessionTally } from "./session-tally.ts";
import { type SessionNow, SessionTelling } from "./session-telling.ts";
import { SessionWaiting } from "./session-waiting.ts";
import type { SessionWatcher } from "./session-watchers.ts";
import { SessionWork } from "./session-work.ts";
import { SessionSteering } from "./steering.ts";

export class Session {
  readonly plan: SessionPlan;
  readonly steering: SessionSteering;
  readonly editing: SessionEditing;
  readonly looking: SessionLooking;
  readonly waiting: SessionWaiting;
  readonly #world: SessionSurroundings;
  readonly #life: SessionLife;
  readonly #work: SessionWork;
  readonly #merger: MergerHost;
  readonly #ending: SessionEnding;
  readonly #tally: SessionTally;
  readonly #telling = new SessionTelling();
  readonly #images: SessionImages;
  readonly #deadlines: SessionDeadlines;
  readonly #pulse: SessionPulse;
  readonly #scene: SceneEpoch;
  /** Of a session that another coordinator began: what runs of it. */
  #adoption: Adoption | undefined;

  readonly #isReopened: boolean;

  /**
   * `adopted`: its record is of another coordinator, or of an earlier time, and what it speaks of may run. `reopened`: so
   * it is, and it had ended.
   */
  constructor(plan: SessionPlan, world: SessionSurroundings, { adopted = false, reopened = false } = {}) {
    this.plan = plan;
    this.#world = world;
    const tally = SessionTally.fromRecord(plan.base, world.clock.nowMs(), world.epochOffsetMs);
    const life = new SessionLife(plan.sessionId, world, { t: plan.merge === undefined ? "queued" : "starting" });
    const telling = this.#telling;
    const deadlines = { connected: () => this.#connectTimeout(), rendered: () => this.#timeIsUp() };
    this.#tally = tally;
    this.#life = life;
    const scene = SceneEpoch.fromRecord(plan.base);
    this.#scene = scene;
    this.#deadlines = new SessionDeadlines(plan, world.clock, deadlines);
    const pulse = new SessionPulse(
      world.clock,
      () => this.#beat(),
      () => this.#telling.intervalMs,
    );
    this.#pulse = pulse;
    const merger = this.#mergerHost();
    this.#merger = merger;
    const { film } = merger;
    const link = () => (film.isRead ? film.link : undefined);
    const images = new SessionImages(plan, world, { link, final: () => telling.final });
    this.#images = images;
    const failed = (error: ArrasError) => this.#fail(error);
    const listener = {
      rendering: (nowMs: number) => this.#deadlines.render(nowMs),
      firstPicture: () => this.editing.tick(),
      regionDone: (isDone: boolean) => this.steering.regionDone(isDone),
      complete: (outcome: "finished" | "holes" | "stopped") => this.#complete(outcome),
      refused: (error: ArrasError) => this.editing.refused(error),
      failed,
      notice: (level: number, text: string) => this.#notice(level, text),
    };
    const work = new SessionWork(plan, world, { life, tally, film, scene, pulse, listener, isTakenOver: adopted });
    this.#work = work;
    const { notice } = listener;
    this.editing = new SessionEditing(plan, world, { life, scene, work, film, pulse, notice });
    this.looking = new SessionLooking(plan, world, { life, tally, telling, scene, probes: work.probes, film });
    const now = () => this.#now();
    const tell = () => telling.tell(now());
    const placed = () => {
      this.#adoption = undefined;
      this.#begin();
    };
    this.waiting = new SessionWaiting({ life, telling, merger, crew: work.crew, tell, placed, failed });
    const goOn = (budgetSpp: number) => this.#goOn(budgetSpp);
    const steered = { life, tally, work, deadlines: this.#deadlines, goOn, tell, notice };
    this.steering = new SessionSteering(plan, world, steered);
    const cancelDeadlines = () => this.#cancelDeadlines();
    this.#ending = new SessionEnding(plan, world, {
      ...{ life, tally, telling, merger, work, images, now, cancelDeadlines },
      isAdopted: () => this.#adoption !== undefined,
    });
    this.#isReopened = reopened;
    const parts = { life, tally, telling, merger, crew: work.crew };
    if (adopted) this.#adoption = adoptSession(plan.base, parts, world, { reopened });
    else for (const text of plan.notices) this.#notice(3, text);
  }

  #mergerHost(): MergerHost {
    return new MergerHost(this.plan, this.#world, {
      ledger: (tiles) => this.#work.step({ t: "ledger", tiles }),
      merged: (tiles) => this.#work.step({ t: "merged", tiles }),
      opening: () => this.#work.assignAll(),
      opened: () => this.#opened(),
      gone: (error) => this.#fail(error),
      filmGone: (error) => this.#images.filmGone(error),
      takenOut: (nodeIds) => this.#work.step({ t: "taken-out", nodeIds }),
      restarting: (reason) => {
        this.#notice(2, `The merger is started again, and what its film lacks rendered again: ${reason.message}`);
        if (this.#life.wish === SessionWish.STOP) this.#ending.stopNow();
      },
      notice: (level, text) => this.#notice(level, text),
      instructionSet: () => this.#tally.instructionSet,
      rendererBuild: () => this.#tally.rendererBuild,
      scene: () => this.#scene,
      budgetSpp: () => this.steering.present.budgetSpp,
    });
  }

  start(): void {
    if (this.#adoption !== undefined) {
      this.#adoption.start();
      if (this.#isReopened) this.#work.crew.goOn();
    } else {
      this.#merger.start();
      this.#work.crew.launchAll();
    }
    this.#begin();
  }

  #begin(): void {
    const { state } = this;
    if (this.#life.isFinal || state.t === "queued") return;
    if (state.t === "starting") this.#deadlines.connect();
    this.steering.begin();
    this.#pulse.begin();
  }

  get state(): SessionState {
    return this.#life.state;
  }

  /** What the store is to have of it. */
  get record(): SessionRecord {
    return presentRecord(this.plan.base, {
      state: stateToMessage(this.state),
      tally: this.#tally,
      epochOffsetMs: this.#world.epochOffsetMs,
      wish: this.#life.wish,
      merger: this.#merger.present,
      crew: this.#work.crew.present(),
      ...this.#merger.film.checkpoints.record,
      steering: this.steering.present,
      scene: this.#scene.record,
      final: this.#telling.final,
    });
  }

  /**
   * The present state first; after a final state nothing more comes. `left`: it is told elsewhere from now on; undefined:
   * it watches for the coordinator itself. `intervalMs`: see WatchSessionRequest. Returns how to stop watching.
   */
  watch(watcher: SessionWatcher, left?: () => void, intervalMs = 0): () => void {
    const before = this.#telling.intervalMs;
    if (this.#life.isAbandoned) left?.();
    else this.#telling.watch(watcher, this.#now(), left, intervalMs);
    if (this.#telling.intervalMs < before) this.#pulse.quicken();
    return () => this.#telling.unwatch(watcher);
  }

  /** See SessionEnding.stop. */
  stop(): Promise<boolean> {
    return this.#ending.stop();
  }

  /** Resolves with the epoch that begins. Rejects as LookService.RestartSession says. */
  async restart(): Promise<number> {
    const epoch = await this.editing.restart();
    // Whoever restarts wants to see it.
    await this.steering.resume();
    return epoch;
  }

  async #goOn(budgetSpp: number): Promise<void> {
    // Throws where its film is gone.
    this.#merger.film.link;
    const { clock, epochOffsetMs, goOn } = this.#world;
    const { durationMs } = this.plan;
    if (goOn === undefined) throw nobodyToAsk(this.plan.sessionId);
    await goOn(recordGoingOn(this.record, { budgetSpp, durationMs, nowMs: clock.nowMs() + epochOffsetMs }));
  }

  /** Rejects as SessionService.CheckpointSession says. */
  async checkpoint(): Promise<CheckpointState> {
    if (!this.#life.mayAct()) throw sessionElsewhere(this.plan.sessionId);
    return this.#merger.film.checkpoints.request();
  }

  /**
   * Ends all processes; also where a node does not answer. Who still watches is told that it was stopped. Resolves with
   * false when the session is not ours any more.
   */
  close(): Promise<boolean> {
    return this.#ending.close();
  }

  /** Another coordinator owns it, or may soon: from now on nothing is done for it here, and nothing is undone. */
  abandon(): void {
    if (this.#life.isAbandoned) return;
    this.#life.isAbandoned = true;
    this.#life.isEnding = true;
    this.#cancelDeadlines();
    this.#work.crew.abandon();
    this.#images.abandon();
    this.#merger.abandon();
    this.#telling.leave();
  }

  /** Throws `unavailable` when the session is another coordinator's now, and as Crew. */
  connected(hello: Hello, stream: WorkStream): void {
    if (!this.#life.mayAct()) throw sessionElsewhere(this.plan.sessionId);
    this.#work.connected(hello, stream);
  }

  disconnected(computation: string, stream: WorkStream): void {
    this.#work.crew.disconnected(computation, stream);
  }

  report(computation: string, report: WorkReport): void {
    if (!this.#life.isFinal && this.#life.mayAct()) this.#work.report(computation, report);
  }

  exited(exit: ComputationExited): void {
    if (!this.#life.mayAct()) return;
    if (this.#merger.isMerger(exit.computation)) this.#merger.exited(exit);
    else this.#work.crew.exited(exit);
  }

  /** What it ran is placed again elsewhere. */
  lostNode(nodeId: string, error: ArrasError): void {
    this.#adoption?.lostNode(nodeId);
    if (this.#life.isFinal && this.#life.mayAct()) this.#merger.lostNode(nodeId, error);
    if (this.#life.isEnding || !this.#life.mayAct()) return;
    this.#work.crew.lostNode(nodeId, error);
    this.#merger.lostNode(nodeId, error);
  }

  /** Its samples were found wrong, by this session or another: they are taken out, and nothing of it runs there any more. */
  quarantined(nodeId: string): void {
    if (this.#life.isEnding || !this.#life.mayAct()) return;
    this.#work.quarantined(nodeId);
    this.#merger.film.quarantined();
  }

  /** It is to leave in `leftMs`, at least: what it runs ends what it has begun, and goes elsewhere. Said each second. */
  drainNode(nodeId: string, leftMs: number): void {
    if (this.#life.isEnding || !this.#life.mayAct()) return;
    this.#work.crew.drainNode(nodeId);
    const isIdle = this.#work.crew.placeless !== undefined;
    this.#merger.drainNode(nodeId, leftMs, isIdle ? "idle" : this.#work.progress().restMs);
  }

  usage(usage: ComputationUsage): void {
    const peakBytes = Number(usage.peakMemoryBytes);
    if (this.#merger.isMerger(usage.computation)) this.#merger.usage(peakBytes);
    else this.#work.crew.usage(usage.computation, peakBytes);
  }

  /** The film is open, and the planner knows what is in it. */
  #opened(): void {
    if (!this.#life.mayAct()) return;
    if (this.#life.isFinal) {
      this.#images.begin();
      return;
    }
    if (this.#life.wish === SessionWish.STOP) {
      this.#ending.stopNow();
      return;
    }
    if (this.state.t === "starting") {
      if (this.plan.base.spec?.needsDenoiser === true) void this.#requireDenoiser();
      this.#life.change({ t: "preparing", connectedAtMs: this.#world.clock.nowMs() });
    }
    this.#work.assignAll();
    this.looking.filmOpened();
  }

  /** Asked while the scene is loaded, of the first merger alone: a later one's node is not to end what has rendered. */
  async #requireDenoiser(): Promise<void> {
    try {
      const why = await this.#merger.film.link.denoiserMissing();
      if (why !== "") this.#fail(denoiserMissing(why));
    } catch (thrown) {
      this.#notice(2, `Whether there is a denoiser is not known: ${ArrasError.from(thrown).message}`);
    }
  }

  #complete(outcome: "finished" | "holes" | "stopped"): void {
    if (outcome !== "stopped" && this.editing.isWaiting) this.editing.complete();
    else this.#end({ t: outcome });
  }

  #timeIsUp(): void {
    if (this.state.t !== "rendering") return;
    this.#notice(3, `The time of ${(this.plan.durationMs ?? 0) / 1000} s is up`);
    this.#end({ t: this.#tally.holes.length > 0 ? "holes" : "finished" });
  }

  #connectTimeout(): void {
    if (this.state.t !== "starting" || this.#life.isEnding) return;
    // It waits for places, not for computations.
    if (this.waiting.placeless !== undefined) this.#deadlines.connect();
    else this.#fail(notConnected(this.plan.connectTimeoutMs));
  }

  #fail(error: ArrasError): void {
    this.#end({ t: "failed", error });
  }

  #end(final: SessionState): void {
    void this.#ending.end(final);
  }

  #beat(): void {
    if (!this.#life.mayAct()) return;
    this.#work.step({ t: "tick" });
    this.editing.tick();
    const nowMs = this.#world.clock.nowMs();
    this.#merger.film.checkpoints.tick(nowMs, () => this.#work.progress().pixelSamples);
    this.#telling.tellSometimes(nowMs, () => this.#now());
  }

  #cancelDeadlines(): void {
    this.editing.end();
    this.#work.probes.end();
    this.#adoption?.end();
    this.#deadlines.cancel();
    this.#pulse.end();
  }

  #notice(level: number, text: string): void {
    this.#telling.notice(level, text);
    this.#pulse.quicken();
  }

  #now(): SessionNow {
    const { state: checkpoint } = this.#merger.film.checkpoints;
    const progress = this.#work.progress();
    const { isRegionDone: isDone, present } = this.steering;
    const region = present.region && { ...present.region, isDone };
    const contributions = this.#tally.contributions(crewTotals(this.#work.crew.present()));
    return { state: this.state, progress, checkpoint, region, placeless: this.waiting.placeless, contributions };
  }
}
