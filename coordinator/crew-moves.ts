// Ends computations of one session's crew where they cannot stay, and has them started again: one that hangs, one whose
// node is to leave, all of a node that is lost.
import type { ArrasError } from "../proto/errors.ts";
import { ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import { type CrewMember, cancelTimer, homeless, type NextStart } from "./crew-member.ts";
import type { CrewRoster, CrewSurroundings } from "./crew-roster.ts";
import type { CrewStarts } from "./crew-starts.ts";
import { leavingNode } from "./session-errors.ts";

export class CrewMoves {
  readonly #roster: CrewRoster;
  readonly #world: CrewSurroundings;
  readonly #starts: CrewStarts;

  constructor(roster: CrewRoster, starts: CrewStarts) {
    this.#roster = roster;
    this.#world = roster.world;
    this.#starts = starts;
  }

  /** Ends a process that hangs, and starts another. What it had started is blamed as by a crash. */
  replace(name: string, error: ArrasError): void {
    const member = this.#roster.members.get(name);
    if (member === undefined || this.#roster.isEnded) return;
    const { phase } = member;
    if (phase.t === "connected" || phase.t === "connecting") this.#endProcess(member, error, "again");
  }

  /**
   * That node is to leave: its computations end what they have begun, hand back the rest and go, whether or not there is
   * another place for them yet. To be called again while it has not left.
   */
  drainNode(nodeId: string): void {
    if (this.#roster.isEnded) return;
    for (const member of this.#roster.members.values()) {
      const { berth, phase } = member;
      if (berth.nodeId !== nodeId || (phase.t !== "connected" && phase.t !== "connecting")) continue;
      // What is free is reserved now: when it holds nothing any more, another may have it.
      if (member.nextBerth === undefined)
        this.#starts.findBerth(berth, "again", (next) => {
          if (!this.#roster.isEnded && member.berth === berth && next !== berth) member.nextBerth = next;
        });
      if (phase.t === "connected") this.#world.listener.draining(berth.name);
      else this.move(berth.name);
    }
  }

  /** It holds nothing any more: ended where its node is to leave, and started elsewhere. */
  move(name: string): void {
    const member = this.#roster.members.get(name);
    if (member === undefined || this.#roster.isEnded) return;
    const { phase, berth } = member;
    if (phase.t === "connected" || phase.t === "connecting")
      this.#endProcess(member, leavingNode(name, berth.nodeId), "move");
  }

  /** Nothing that is there may go on: its computations are ended and started elsewhere. No process is to blame. */
  leaveNode(nodeId: string, errorOf: (computation: string) => ArrasError): void {
    if (this.#roster.isEnded) return;
    for (const member of [...this.#roster.members.values()]) {
      const { berth, phase } = member;
      if (berth.nodeId !== nodeId || (phase.t !== "connected" && phase.t !== "connecting")) continue;
      member.nextBerth = undefined;
      this.#endProcess(member, errorOf(berth.name), "move");
    }
  }

  /** It cannot work on its node, and may on another: ended there, started elsewhere. Given up where no other takes it. */
  relocate(name: string, error: ArrasError): void {
    const member = this.#roster.members.get(name);
    if (member === undefined || this.#roster.isEnded) return;
    const { phase } = member;
    if (phase.t === "connected" || phase.t === "connecting") this.#endProcess(member, error, "elsewhere");
  }

  #endProcess(member: CrewMember, error: ArrasError, next: NextStart): void {
    const { phase, berth } = member;
    cancelTimer(member);
    const ending = { t: "ending", error, next } as const;
    member.phase = ending;
    if (phase.t === "connected") {
      phase.stream.close();
      this.#world.listener.left(berth.name, next === "again" ? "crashed" : "closed");
    }
    const goOn = () => {
      if (member.phase === ending && !this.#roster.isEnded) this.goOn(member, ending);
    };
    // Its exit is usually told before; a node that does not answer must not leave the name without a process.
    this.#world.launcher.stop(berth.nodeId, this.#world.sessionId, berth.name).then(goOn, goOn);
  }

  /** Its process is gone, or its node does not say: another is started. */
  goOn(member: CrewMember, { error, next }: { readonly error: ArrasError; readonly next: NextStart }): void {
    if (next === "again") this.#starts.startAgain(member, error, ExitCause.CRASHED);
    else if (next === "elsewhere") this.#starts.startElsewhere(member, error);
    else {
      this.#starts.placeAgain(member, error);
      this.#roster.restarting(member, error);
    }
  }

  /** All that it had there is placed again elsewhere. No process is to blame, and what comes from there is not heard. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#roster.isEnded) return;
    for (const member of this.#roster.members.values()) {
      const { berth, phase } = member;
      if (berth.nodeId !== nodeId || phase.t === "gone" || homeless.has(phase.t)) continue;
      this.#starts.placeAgain(member, error);
      if (phase.t === "connected" || phase.t === "exited") phase.stream.close();
      if (phase.t === "connected" || phase.t === "exited" || phase.t === "leaving")
        this.#world.listener.left(berth.name, "lost");
      this.#roster.restarting(member, error);
    }
  }
}
