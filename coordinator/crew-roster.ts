// Who belongs to the crew of one session, what each of them is doing, and what is told of them.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { ArrasError } from "../proto/errors.ts";
import type { WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import type { LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import type { Berth } from "./berth.ts";
import { type CrewMember, homeless, newMember } from "./crew-member.ts";
import type { Journal } from "./journal/happening.ts";
import type { Launcher } from "./launcher.ts";
import type { MoveReason } from "./placement/move.ts";
import type { PresentComputation } from "./records/present-record.ts";

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

export interface CrewSurroundings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal?: Journal;
  readonly listener: CrewListener;
  readonly sessionId: string;
  /** Of the session's scene; empty: none. */
  readonly bundleSha256: string;
  /** How long all of them may be without a place, before they are given up. */
  readonly placelessMsMax: number;
  orderFor(berth: Berth, attempt: number): LaunchOrder;
  /** Where to start it, and writing that down before: see SessionSurroundings. */
  berthFor(berth: Berth, reason: MoveReason): Berth | Promise<Berth>;
  save(): Promise<boolean> | undefined;
}

export class CrewRoster {
  readonly members = new Map<string, CrewMember>();
  readonly world: CrewSurroundings;
  /** From now on nothing is started, and nobody is told anything. */
  isEnded = false;

  constructor(berths: readonly Berth[], world: CrewSurroundings) {
    this.world = world;
    for (const berth of berths) this.enter(berth);
  }

  enter(berth: Berth): CrewMember {
    const member = newMember(berth);
    this.members.set(berth.name, member);
    return member;
  }

  /** For the session's record, and its totals. */
  present(): PresentComputation[] {
    return [...this.members.values()].map(({ phase, ...member }) => ({
      berth: member.berth,
      attempt: member.attempt,
      restartCount: member.restartCount,
      peakMemoryBytes: member.peakMemoryBytes,
      formerLimitBytes: member.formerLimitBytes,
      gone: phase.t === "gone" ? phase.error : undefined,
    }));
  }

  /** Computations that hold a stream. */
  get connectedCount(): number {
    return [...this.members.values()].filter((member) => member.phase.t === "connected").length;
  }

  /** Whether any has a process, or may have one. */
  get isAnyAtWork(): boolean {
    return [...this.members.values()].some(({ phase }) => phase.t !== "gone" && !homeless.has(phase.t));
  }

  /** Why none of them has a place, where that is so. */
  get placeless(): ArrasError | undefined {
    const wanted = [...this.members.values()].filter(({ phase }) => phase.t !== "gone");
    return wanted.every(({ search }) => search.error !== undefined) ? wanted[0]?.search.error : undefined;
  }

  send(name: string, order: WorkOrder["order"]): void {
    const phase = this.members.get(name)?.phase;
    if (phase?.t === "connected") phase.stream.send(order);
  }

  /** It is not started again. */
  gone(member: CrewMember, error: ArrasError): void {
    member.phase = { t: "gone", error };
    this.world.journal?.record({ t: "computation-gone", ...this.about(member), error });
    const remaining = [...this.members.values()].filter((other) => other.phase.t !== "gone").length;
    this.world.listener.gone(member.berth.name, error, remaining);
  }

  restarting(member: CrewMember, error: ArrasError): void {
    this.world.journal?.record({ t: "computation-restarted", ...this.about(member), isMerger: false, error });
    this.world.listener.restarting(member.berth.name, error);
  }

  about({ berth, attempt }: CrewMember) {
    return { sessionId: this.world.sessionId, computation: berth.name, nodeId: berth.nodeId, attempt };
  }
}
