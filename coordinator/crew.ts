// The mcrt computations of one session: launching, connecting, leaving, being started again. It knows processes and
// streams; what they render is the session's business.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello, WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import { type ComputationExited, ExitCause, type LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import type { ComputationRecord } from "../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../proto/limits.ts";
import { type CrewMember, cancelTimer, deaf, homeless, type LaunchWish, newMember, type Phase } from "./crew-member.ts";
import type { Journal } from "./journal/happening.ts";
import type { Launcher } from "./launcher.ts";
import type { MoveReason } from "./placement/move.ts";
import type { PresentComputation } from "./records/present-record.ts";
import { decideRestart } from "./restart-policy.ts";
import { leavingNode, passedTwice } from "./session-errors.ts";

/** The way back to a computation. */
export interface WorkStream {
  send(order: WorkOrder["order"]): void;
  close(): void;
}

/** Where a computation goes and what it may use there. */
export interface Berth {
  readonly name: string;
  readonly nodeId: string;
  readonly threadCount: number;
  readonly memoryLimitBytes: number;
  /** Of the node's; 0 for one that waits rather than computes. */
  readonly coresReserved: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Told what happens to the crew. */
export interface CrewListener {
  /** It is to get nothing more; `move` it when it holds nothing. May be said again. */
  draining(name: string): void;
  left(name: string, cause: "closed" | "lost" | "crashed"): void;
  restarting(name: string, reason: ArrasError): void;
  /** It passed its memory, and has found a place with more. */
  restartingWithMore(berth: Berth, reason: ArrasError): void;
  /** There is no place for it now; it is started when there is one. */
  unplaced(name: string, reason: ArrasError): void;
  /** It is not started again. `remaining`: computations that are not gone. */
  gone(name: string, error: ArrasError, remaining: number): void;
}

/** A crashed process's exit is known some milliseconds after its streams end. */
const exitGraceMs = 250;

export interface CrewSurroundings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal?: Journal;
  readonly listener: CrewListener;
  readonly sessionId: string;
  /** Of the session's scene; empty: none. */
  readonly bundleSha256: string;
  orderFor(berth: Berth, attempt: number): LaunchOrder;
  /** Where to start it, and writing that down before: see SessionSurroundings. */
  berthFor(berth: Berth, reason: MoveReason): Berth | Promise<Berth>;
  save(): Promise<boolean> | undefined;
}

export class Crew {
  readonly members = new Map<string, CrewMember>();
  readonly #world: CrewSurroundings;
  #ended = false;

  constructor(berths: readonly Berth[], world: CrewSurroundings) {
    this.#world = world;
    for (const berth of berths) this.#enter(berth);
  }

  #enter(berth: Berth): CrewMember {
    const member = newMember(berth);
    this.members.set(berth.name, member);
    return member;
  }

  /** Computations that got their places later: from the queue, or as a range grows. */
  add(berths: readonly Berth[]): void {
    if (this.#ended) return;
    for (const berth of berths) if (!this.members.has(berth.name)) this.#launch(this.#enter(berth));
  }

  /** Their first attempts, which are written down already. */
  launchAll(): void {
    for (const member of this.members.values()) this.#launch(member, { isWritten: true });
  }

  /** Instead of `launchAll`: another coordinator has started these, and whether they run is to be found out. */
  adopt(records: readonly ComputationRecord[]): void {
    for (const { name, attempt, restartCount, peakMemoryBytes, gone } of records) {
      const member = this.members.get(name);
      if (member === undefined) continue;
      Object.assign(member, { attempt, restartCount, peakMemoryBytes: Number(peakMemoryBytes) });
      member.phase = gone === undefined ? { t: "sought" } : { t: "gone", error: errorFromMessage(gone) };
    }
  }

  /** It runs: it has connected already, or will. */
  found(name: string, attempt: number): void {
    const member = this.members.get(name);
    if (member === undefined || this.#ended) return;
    if (member.phase.t === "sought" || member.phase.t === "connected")
      member.attempt = Math.max(member.attempt, attempt);
    if (member.phase.t === "sought") this.#expectStream(member);
  }

  /** It does not run on its node. */
  missing(name: string): void {
    const member = this.members.get(name);
    if (member === undefined || this.#ended || member.phase.t !== "sought") return;
    const message = `${name} was not running any more when its session was taken over`;
    const error = new ArrasError("computation-lost", { message, action: "Nothing: it is started again." });
    this.#startAgain(member, error, ExitCause.CRASHED);
  }

  /** For the session's record, and its totals. */
  present(): PresentComputation[] {
    return [...this.members.values()].map(({ berth, attempt, restartCount, peakMemoryBytes, phase }) => ({
      berth,
      attempt,
      restartCount,
      peakMemoryBytes,
      gone: phase.t === "gone" ? phase.error : undefined,
    }));
  }

  /** Computations that hold a stream. */
  get connectedCount(): number {
    return [...this.members.values()].filter((member) => member.phase.t === "connected").length;
  }

  send(name: string, order: WorkOrder["order"]): void {
    const phase = this.members.get(name)?.phase;
    if (phase?.t === "connected") phase.stream.send(order);
  }

  sendAll(order: WorkOrder["order"]): void {
    for (const name of this.members.keys()) this.send(name, order);
  }

  /** A newer stream of a name replaces an older one. Throws `session-missing` for a name that is not (any more) ours. */
  connected(hello: Hello, stream: WorkStream): void {
    const member = this.members.get(hello.computation);
    // One from another node was left behind when that node was lost: another process has its name now.
    const isElsewhere = hello.nodeId !== "" && hello.nodeId !== member?.berth.nodeId;
    if (member === undefined || this.#ended || isElsewhere || deaf.has(member.phase.t)) {
      throw new ArrasError("session-missing", {
        message: `The session has no computation ${JSON.stringify(hello.computation.slice(0, 80))} any more`,
        action: "End the process.",
      });
    }
    if (member.phase.t === "connected") {
      member.phase.stream.close();
      this.#world.listener.left(hello.computation, "lost");
    } else if (member.phase.t === "leaving") {
      this.#world.listener.left(hello.computation, "lost");
    }
    cancelTimer(member);
    member.phase = { t: "connected", stream };
  }

  disconnected(name: string, stream: WorkStream): void {
    const member = this.members.get(name);
    if (member === undefined || this.#ended) return;
    const { phase } = member;
    if (phase.t === "exited" && phase.stream === stream) this.#leave(member, phase.exit);
    if (phase.t !== "connected" || phase.stream !== stream) return;
    const timer = this.#world.clock.after(exitGraceMs, () => {
      this.#expectStream(member);
      this.#world.listener.left(name, "lost");
    });
    member.phase = { t: "leaving", timer };
  }

  /** It has loaded the scene. */
  prepared(name: string): void {
    const member = this.members.get(name);
    if (member !== undefined) this.#world.journal?.record({ t: "computation-prepared", ...this.#about(member) });
  }

  /** It finished a unit: it works, so earlier deaths do not count as a row. */
  worked(name: string): void {
    const member = this.members.get(name);
    if (member !== undefined) member.restartsInARowCount = 0;
  }

  usage(name: string, peakMemoryBytes: number): void {
    const member = this.members.get(name);
    if (member !== undefined) member.peakMemoryBytes = Math.max(member.peakMemoryBytes, peakMemoryBytes);
  }

  exited(exit: ComputationExited): void {
    const member = this.members.get(exit.computation);
    this.usage(exit.computation, Number(exit.peakMemoryBytes));
    if (member === undefined || member.attempt !== exit.attempt) return;
    const isClean = exit.cause === ExitCause.ENDED || exit.cause === ExitCause.STOPPED;
    if (isClean) this.#world.journal?.record({ t: "computation-ended", ...this.#about(member) });
    if (this.#ended) return;
    const { phase } = member;
    if (phase.t === "gone" || phase.t === "restarting" || homeless.has(phase.t)) return;
    if (phase.t === "ending") {
      this.#goOn(member, phase);
      return;
    }
    if (phase.t === "connected") {
      const { stream } = phase;
      const timer = this.#world.clock.after(exitGraceMs, () => {
        stream.close();
        this.#leave(member, exit);
      });
      member.phase = { t: "exited", stream, exit, timer };
      return;
    }
    this.#leave(member, exit);
  }

  #leave(member: CrewMember, exit: ComputationExited): void {
    cancelTimer(member);
    const { phase } = member;
    if (phase.t === "exited" || phase.t === "leaving") {
      // One that its node stopped, to leave, is not to blame either.
      const isClean = exit.cause === ExitCause.ENDED || exit.cause === ExitCause.STOPPED;
      this.#world.listener.left(exit.computation, isClean ? "closed" : "crashed");
    }
    const error =
      exit.error === undefined
        ? new ArrasError("computation-lost", { message: `${exit.computation} ended`, action: "See its log." })
        : errorFromMessage(exit.error);
    this.#startAgain(member, error, exit.cause);
  }

  /** Ends a process that hangs, and starts another. What it had started is blamed as by a crash. */
  replace(name: string, error: ArrasError): void {
    const member = this.members.get(name);
    if (member === undefined || this.#ended) return;
    const { phase } = member;
    if (phase.t === "connected" || phase.t === "connecting") this.#endProcess(member, error, false);
  }

  /**
   * That node is to leave in `leftMs`: its computations are asked to end what they have begun as soon as there is another
   * place for them, and otherwise shortly before its end. To be called again while it has not left.
   */
  drainNode(nodeId: string, leftMs: number): void {
    if (this.#ended) return;
    for (const member of this.members.values()) {
      const { berth, phase } = member;
      if (berth.nodeId !== nodeId || (phase.t !== "connected" && phase.t !== "connecting")) continue;
      if (member.nextBerth !== undefined || leftMs <= limits.drainLastMs) this.#empty(member);
      else this.#findBerth(berth, "again", (next) => this.#moveTo(member, berth, next));
    }
  }

  /** `next` was found, perhaps after a while. */
  #moveTo(member: CrewMember, from: Berth, next: Berth): void {
    const { phase, berth } = member;
    if (this.#ended || berth !== from || next === from) return;
    member.nextBerth = next;
    if (phase.t === "connected" || phase.t === "connecting") this.#empty(member);
  }

  #empty({ phase, berth }: CrewMember): void {
    if (phase.t === "connected") this.#world.listener.draining(berth.name);
    else this.move(berth.name);
  }

  /** It holds nothing any more: ended where its node is to leave, and started elsewhere. */
  move(name: string): void {
    const member = this.members.get(name);
    if (member === undefined || this.#ended) return;
    const { phase, berth } = member;
    if (phase.t === "connected" || phase.t === "connecting")
      this.#endProcess(member, leavingNode(name, berth.nodeId), true);
  }

  #endProcess(member: CrewMember, error: ArrasError, isMove: boolean): void {
    const { phase, berth } = member;
    cancelTimer(member);
    const ending = { t: "ending", error, isMove } as const;
    member.phase = ending;
    if (phase.t === "connected") {
      phase.stream.close();
      this.#world.listener.left(berth.name, isMove ? "closed" : "crashed");
    }
    const goOn = () => {
      if (member.phase === ending && !this.#ended) this.#goOn(member, ending);
    };
    // Its exit is usually told before; a node that does not answer must not leave the name without a process.
    this.#world.launcher.stop(berth.nodeId, this.#world.sessionId, berth.name).then(goOn, goOn);
  }

  #goOn(member: CrewMember, { error, isMove }: { readonly error: ArrasError; readonly isMove: boolean }): void {
    if (!isMove) {
      this.#startAgain(member, error, ExitCause.CRASHED);
      return;
    }
    this.#placeAgain(member);
    this.#restarting(member, error);
  }

  /** No process is to blame. */
  #placeAgain(member: CrewMember): void {
    cancelTimer(member);
    const timer = this.#world.clock.after(0, () => this.#launch(member));
    member.phase = { t: "unplaced", timer };
    member.restartCount += 1;
  }

  /** All that it had there is placed again elsewhere. No process is to blame, and what comes from there is not heard. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#ended) return;
    for (const member of this.members.values()) {
      const { berth, phase } = member;
      if (berth.nodeId !== nodeId || phase.t === "gone" || homeless.has(phase.t)) continue;
      this.#placeAgain(member);
      if (phase.t === "connected" || phase.t === "exited") phase.stream.close();
      if (phase.t === "connected" || phase.t === "exited" || phase.t === "leaving")
        this.#world.listener.left(berth.name, "lost");
      this.#restarting(member, error);
    }
  }

  /** Gives a computation up, for instance because it cannot load the scene. */
  dismiss(name: string, error: ArrasError): void {
    const member = this.members.get(name);
    if (member === undefined || member.phase.t === "gone") return;
    const { phase } = member;
    cancelTimer(member);
    if (phase.t === "connected") phase.stream.send({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
    this.#gone(member, error);
    // What it holds goes back to the plan; its stream's own end is not told any more.
    if (phase.t === "connected" || phase.t === "leaving" || phase.t === "exited")
      this.#world.listener.left(name, "closed");
  }

  /** Ends all processes. Resolves when they are gone. */
  async end(): Promise<void> {
    this.#ended = true;
    const { launcher, sessionId } = this.#world;
    const members = [...this.members.values()];
    for (const member of members) {
      cancelTimer(member);
      const { phase } = member;
      if (phase.t === "connected") phase.stream.send({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
    }
    // One without a place has no process, and its former node may be one that does not answer.
    const placed = members.filter(({ phase }) => !homeless.has(phase.t));
    await Promise.allSettled(placed.map(({ berth }) => launcher.stop(berth.nodeId, sessionId, berth.name)));
  }

  /** The session belongs to another coordinator, and so do they: nobody is told to end. */
  abandon(): void {
    this.#ended = true;
    for (const member of this.members.values()) {
      cancelTimer(member);
      const { phase } = member;
      if (phase.t === "connected" || phase.t === "exited") phase.stream.close();
    }
  }

  /** At once where it has its place, otherwise as soon as it has another. */
  #launch(member: CrewMember, how: LaunchWish = {}): void {
    if (this.#ended) return;
    const searching: Phase = { t: "searching" };
    member.phase = searching;
    const isWanted = () => !this.#ended && member.phase === searching;
    const placed = (berth: Berth) => {
      if (!isWanted()) return;
      member.nextBerth = undefined;
      void this.#launchAt(member, berth, how);
    };
    this.#findBerth(member.nextBerth ?? member.berth, how.reason ?? "again", placed, (thrown) => {
      if (!isWanted()) return;
      if (how.error === undefined) this.#unplaced(member, ArrasError.from(thrown));
      else this.#gone(member, how.error);
    });
  }

  /** At once where it can be said at once, as is usual. */
  #findBerth(
    berth: Berth,
    reason: MoveReason,
    placed: (berth: Berth) => void,
    failed: (thrown: unknown) => void = () => {},
  ): void {
    try {
      const found = this.#world.berthFor(berth, reason);
      if (found instanceof Promise) found.then(placed, failed);
      else placed(found);
    } catch (thrown) {
      failed(thrown);
    }
  }

  async #launchAt(member: CrewMember, berth: Berth, { isWritten, error }: LaunchWish): Promise<void> {
    if (error !== undefined) {
      this.#world.journal?.record({ t: "computation-restarted", ...this.#about(member), isMerger: false, error });
      this.#world.listener.restartingWithMore(berth, error);
    }
    member.berth = berth;
    member.attempt += 1;
    member.phase = { t: "launching" };
    const { attempt } = member;
    const isCurrent = () => !this.#ended && member.attempt === attempt && member.phase.t === "launching";
    try {
      // Who takes over looks where the record says.
      const saved = isWritten === true ? undefined : this.#world.save();
      if (saved !== undefined) await saved;
      if (!isCurrent()) return;
      const order = this.#world.orderFor(berth, attempt);
      const { memoryLimitBytes, environment } = berth;
      const { bundleSha256, launcher } = this.#world;
      await launcher.launch(berth.nodeId, { order, memoryLimitBytes, environment, bundleSha256 });
      member.unplacedSinceMs = undefined;
      // It may have said Hello, or died, before the agent's reply came.
      if (isCurrent()) this.#expectStream(member);
    } catch (thrown) {
      if (!isCurrent()) return;
      const refusal = ArrasError.from(thrown);
      // The node is the last to say what fits there, and no process is to blame.
      if (refusal.code === "resources-insufficient") this.#launch(member, { reason: "refused" });
      else this.#startAgain(member, refusal, ExitCause.CRASHED);
    }
  }

  /** A place is looked for again until nobody of the session has had one for long. */
  #unplaced(member: CrewMember, error: ArrasError): void {
    const { clock, listener } = this.#world;
    if (member.unplacedSinceMs === undefined) {
      this.#world.journal?.record({ t: "computation-unplaced", ...this.#about(member), error });
      listener.unplaced(member.berth.name, error);
    }
    member.unplacedSinceMs ??= clock.nowMs();
    const isAnyAtWork = [...this.members.values()].some(({ phase }) => phase.t !== "gone" && !homeless.has(phase.t));
    if (!isAnyAtWork && clock.nowMs() - member.unplacedSinceMs >= limits.placeAgainMsMax) {
      this.#gone(member, error);
      return;
    }
    const timer = clock.after(limits.placeAgainIntervalMs, () => this.#launch(member));
    member.phase = { t: "unplaced", timer };
  }

  /** A process that runs and says nothing for so long stands still; loading a large scene takes less. */
  #expectStream(member: CrewMember): void {
    const { name } = member.berth;
    const silenceMs = limits.launchTimeoutMs;
    const message = `${name} runs and was not heard of for ${silenceMs / 1000} s`;
    const action = "Is its machine overloaded, or the process stopped?";
    const timer = this.#world.clock.after(silenceMs, () =>
      this.replace(name, new ArrasError("computation-lost", { message, action, place: { computation: name } })),
    );
    member.phase = { t: "connecting", timer };
  }

  #startAgain(member: CrewMember, error: ArrasError, cause: ExitCause): void {
    const { restartCount: count, restartsInARowCount: inARowCount, formerLimitBytes } = member;
    const hasMoreMemory = formerLimitBytes !== undefined;
    const decision = decideRestart({ count, inARowCount, hasMoreMemory }, cause);
    if (decision.t === "give-up") {
      // Whoever watches the session is told by its notices.
      const { name: computation, nodeId: node } = member.berth;
      this.#world.log.info({ computation, node, reason: decision.reason }, error.toString());
      this.#gone(member, hasMoreMemory && cause === ExitCause.MEMORY ? passedTwice(error, formerLimitBytes) : error);
      return;
    }
    member.restartCount += 1;
    member.restartsInARowCount += 1;
    if (decision.t === "restart-with-more-memory") {
      member.formerLimitBytes = member.berth.memoryLimitBytes;
      this.#launch(member, { reason: "memory", error });
      return;
    }
    this.#restarting(member, error);
    const timer = this.#world.clock.after(decision.afterMs, () => this.#launch(member));
    member.phase = { t: "restarting", timer };
  }

  #restarting(member: CrewMember, error: ArrasError): void {
    this.#world.journal?.record({ t: "computation-restarted", ...this.#about(member), isMerger: false, error });
    this.#world.listener.restarting(member.berth.name, error);
  }

  #about({ berth, attempt }: CrewMember) {
    return { sessionId: this.#world.sessionId, computation: berth.name, nodeId: berth.nodeId, attempt };
  }

  #gone(member: CrewMember, error: ArrasError): void {
    member.phase = { t: "gone", error };
    this.#world.journal?.record({ t: "computation-gone", ...this.#about(member), error });
    const remaining = [...this.members.values()].filter((other) => other.phase.t !== "gone").length;
    this.#world.listener.gone(member.berth.name, error, remaining);
  }
}
