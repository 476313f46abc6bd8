// The mcrt computations of one session: connecting, leaving, being given up. It knows processes and streams; what they
// render is the session's business. Starting them is in crew-starts.ts, ending them where they cannot stay in crew-moves.ts.
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello, WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import { type ComputationExited, ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import type { ComputationRecord } from "../proto/gen/arras/v1/record_pb.ts";
import type { Berth } from "./berth.ts";
import { type CrewMember, cancelTimer, deaf, homeless, type WorkStream } from "./crew-member.ts";
import { CrewMoves } from "./crew-moves.ts";
import { CrewRoster, type CrewSurroundings } from "./crew-roster.ts";
import { CrewStarts } from "./crew-starts.ts";
import type { PresentComputation } from "./records/present-record.ts";

/** A crashed process's exit is known some milliseconds after its streams end. */
const exitGraceMs = 250;

export class Crew {
  readonly #roster: CrewRoster;
  readonly #starts: CrewStarts;
  readonly #moves: CrewMoves;

  constructor(berths: readonly Berth[], world: CrewSurroundings) {
    this.#roster = new CrewRoster(berths, world);
    this.#starts = new CrewStarts(this.#roster, (name, error) => this.replace(name, error));
    this.#moves = new CrewMoves(this.#roster, this.#starts);
  }

  get members(): ReadonlyMap<string, CrewMember> {
    return this.#roster.members;
  }

  get #world(): CrewSurroundings {
    return this.#roster.world;
  }

  /** Computations that got their places later: from the queue, or as a range grows. */
  add(berths: readonly Berth[]): void {
    if (this.#roster.isEnded) return;
    for (const berth of berths) if (!this.members.has(berth.name)) this.#starts.launch(this.#roster.enter(berth));
  }

  /** Their first attempts, which are written down already. */
  launchAll(): void {
    for (const member of this.members.values()) this.#starts.launch(member, { isWritten: true });
  }

  /** Instead of `launchAll`: another coordinator has started these, and whether they run is to be found out. */
  adopt(records: readonly ComputationRecord[]): void {
    for (const { name, attempt, restartCount, peakMemoryBytes, gone, formerLimitBytes } of records) {
      const member = this.members.get(name);
      if (member === undefined) continue;
      Object.assign(member, { attempt, restartCount, peakMemoryBytes: Number(peakMemoryBytes) });
      if (formerLimitBytes > 0n) member.formerLimitBytes = Number(formerLimitBytes);
      member.phase = gone === undefined ? { t: "sought" } : { t: "gone", error: errorFromMessage(gone) };
    }
  }

  /** After `adopt`, of a session that had ended and goes on: their processes have left, and others are started. */
  goOn(): void {
    for (const member of this.members.values()) if (member.phase.t === "sought") this.#starts.launch(member);
  }

  /** It runs: it has connected already, or will. */
  found(name: string, attempt: number): void {
    const member = this.members.get(name);
    if (member === undefined || this.#roster.isEnded) return;
    if (member.phase.t === "sought" || member.phase.t === "connected")
      member.attempt = Math.max(member.attempt, attempt);
    if (member.phase.t === "sought") this.#starts.expectStream(member);
  }

  /** It does not run on its node. */
  missing(name: string): void {
    const member = this.members.get(name);
    if (member === undefined || this.#roster.isEnded || member.phase.t !== "sought") return;
    const message = `${name} was not running any more when its session was taken over`;
    const error = new ArrasError("computation-lost", { message, action: "Nothing: it is started again." });
    this.#starts.startAgain(member, error, ExitCause.CRASHED);
  }

  /** For the session's record, and its totals. */
  present(): PresentComputation[] {
    return this.#roster.present();
  }

  /** Computations that hold a stream. */
  get connectedCount(): number {
    return this.#roster.connectedCount;
  }

  /** See CrewRoster.placeless. */
  get placeless(): ArrasError | undefined {
    return this.#roster.placeless;
  }

  send(name: string, order: WorkOrder["order"]): void {
    this.#roster.send(name, order);
  }

  sendAll(order: WorkOrder["order"]): void {
    for (const name of this.members.keys()) this.send(name, order);
  }

  /** A newer stream of a name replaces an older one. Throws `session-missing` for a name that is not (any more) ours. */
  connected(hello: Hello, stream: WorkStream): void {
    const member = this.members.get(hello.computation);
    // One from another node was left behind when that node was lost: another process has its name now.
    const isElsewhere = hello.nodeId !== "" && hello.nodeId !== member?.berth.nodeId;
    if (member === undefined || this.#roster.isEnded || isElsewhere || deaf.has(member.phase.t)) {
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
    if (member === undefined || this.#roster.isEnded) return;
    const { phase } = member;
    if (phase.t === "exited" && phase.stream === stream) this.#leave(member, phase.exit);
    if (phase.t !== "connected" || phase.stream !== stream) return;
    const timer = this.#world.clock.after(exitGraceMs, () => {
      this.#starts.expectStream(member);
      this.#world.listener.left(name, "lost");
    });
    member.phase = { t: "leaving", timer };
  }

  /** It has loaded the scene. */
  prepared(name: string): void {
    const member = this.members.get(name);
    if (member !== undefined) this.#world.journal?.record({ t: "computation-prepared", ...this.#roster.about(member) });
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
    if (isClean) this.#world.journal?.record({ t: "computation-ended", ...this.#roster.about(member) });
    if (this.#roster.isEnded) return;
    const { phase } = member;
    if (phase.t === "gone" || phase.t === "restarting" || homeless.has(phase.t)) return;
    if (phase.t === "ending") {
      this.#moves.goOn(member, phase);
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
    this.#starts.startAgain(member, error, exit.cause);
  }

  /** Ends a process that hangs, and starts another. What it had started is blamed as by a crash. */
  replace(name: string, error: ArrasError): void {
    this.#moves.replace(name, error);
  }

  /** See CrewMoves.leaveNode. */
  leaveNode(nodeId: string, errorOf: (computation: string) => ArrasError): void {
    this.#moves.leaveNode(nodeId, errorOf);
  }

  /** See CrewMoves.drainNode. */
  drainNode(nodeId: string): void {
    this.#moves.drainNode(nodeId);
  }

  /** It holds nothing any more: ended where its node is to leave, and started elsewhere. */
  move(name: string): void {
    this.#moves.move(name);
  }

  /** See CrewMoves.relocate. */
  relocate(name: string, error: ArrasError): void {
    this.#moves.relocate(name, error);
  }

  /** All that it had there is placed again elsewhere. No process is to blame, and what comes from there is not heard. */
  lostNode(nodeId: string, error: ArrasError): void {
    this.#moves.lostNode(nodeId, error);
  }

  /** Gives a computation up, for instance because it cannot load the scene. */
  dismiss(name: string, error: ArrasError): void {
    const member = this.members.get(name);
    if (member === undefined || member.phase.t === "gone") return;
    const { phase } = member;
    cancelTimer(member);
    if (phase.t === "connected") phase.stream.send({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
    this.#roster.gone(member, error);
    // What it holds goes back to the plan; its stream's own end is not told any more.
    if (phase.t === "connected" || phase.t === "leaving" || phase.t === "exited")
      this.#world.listener.left(name, "closed");
  }

  /** Ends all processes. Resolves when they are gone. */
  async end(): Promise<void> {
    this.#roster.isEnded = true;
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
    this.#roster.isEnded = true;
    for (const member of this.members.values()) {
      cancelTimer(member);
      const { phase } = member;
      if (phase.t === "connected" || phase.t === "exited") phase.stream.close();
    }
  }
}
