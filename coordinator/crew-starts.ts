// Starts the computations of one session's crew: finds a place, launches, waits for the process to be heard of, and after
// a death decides whether, when and with how much memory it is started again.
import { ArrasError } from "../proto/errors.ts";
import { ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import { type CrewMember, cancelTimer, type LaunchWish, type Phase } from "./crew-member.ts";
import type { CrewRoster, CrewSurroundings } from "./crew-roster.ts";
import type { MoveReason } from "./placement/move.ts";
import { decideRestart, type RestartHistory } from "./restart-policy.ts";
import { passedTwice } from "./session-errors.ts";

export class CrewStarts {
  readonly #roster: CrewRoster;
  readonly #world: CrewSurroundings;
  /** Told of one that runs and was not heard of for `launchTimeoutMs`. */
  readonly #silent: (name: string, error: ArrasError) => void;

  constructor(roster: CrewRoster, silent: (name: string, error: ArrasError) => void) {
    this.#roster = roster;
    this.#world = roster.world;
    this.#silent = silent;
  }

  /** At once where it has its place, otherwise as soon as it has another. */
  launch(member: CrewMember, how: LaunchWish = {}): void {
    if (this.#roster.isEnded) return;
    const searching: Phase = { t: "searching" };
    member.phase = searching;
    const isWanted = () => !this.#roster.isEnded && member.phase === searching;
    const placed = (berth: Berth) => {
      if (!isWanted()) return;
      member.nextBerth = undefined;
      void this.#launchAt(member, berth, how);
    };
    this.findBerth(member.nextBerth ?? member.berth, how.reason ?? "again", placed, (thrown) => {
      if (!isWanted()) return;
      const refusal = ArrasError.from(thrown);
      if (how.error === undefined) this.#unplaced(member, refusal);
      else this.#roster.gone(member, how.error);
    });
  }

  /** At once where it can be said at once, as is usual. */
  findBerth(
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

  async #launchAt(member: CrewMember, berth: Berth, { isWritten, reason, error }: LaunchWish): Promise<void> {
    if (error !== undefined && reason === "memory") {
      this.#world.journal?.record({
        t: "computation-restarted",
        ...this.#roster.about(member),
        isMerger: false,
        error,
      });
      this.#world.listener.restartingWithMore(berth, error);
    } else if (error !== undefined) this.#roster.restarting(member, error);
    member.berth = berth;
    member.attempt += 1;
    member.phase = { t: "launching" };
    const { attempt } = member;
    const isCurrent = () => !this.#roster.isEnded && member.attempt === attempt && member.phase.t === "launching";
    try {
      // Who takes over looks where the record says.
      const saved = isWritten === true ? undefined : this.#world.save();
      if (saved !== undefined) await saved;
      if (!isCurrent()) return;
      const order = this.#world.orderFor(berth, attempt);
      const { memoryLimitBytes, environment } = berth;
      const { bundleSha256, launcher } = this.#world;
      await launcher.launch(berth.nodeId, { order, memoryLimitBytes, environment, bundleSha256 });
      member.search.end();
      // It may have said Hello, or died, before the agent's reply came.
      if (isCurrent()) this.expectStream(member);
    } catch (thrown) {
      if (!isCurrent()) return;
      const refusal = ArrasError.from(thrown);
      // The node is the last to say what fits there, and no process is to blame.
      if (refusal.code === "resources-insufficient") this.launch(member, { reason: "refused" });
      else this.startAgain(member, refusal, ExitCause.CRASHED);
    }
  }

  /** A place is looked for again until nobody of the session has had one for long. */
  #unplaced(member: CrewMember, refusal: ArrasError): void {
    const { clock, listener, placelessMsMax } = this.#world;
    const { error, isFirst, lastedMs } = member.search.refuse(refusal, clock.nowMs());
    if (isFirst) {
      this.#world.journal?.record({ t: "computation-unplaced", ...this.#roster.about(member), error });
      listener.unplaced(member.berth.name, error);
    }
    if (!this.#roster.isAnyAtWork && lastedMs >= placelessMsMax) {
      this.#roster.gone(member, error);
      return;
    }
    const timer = clock.after(limits.placeAgainIntervalMs, () => this.launch(member));
    member.phase = { t: "unplaced", timer };
  }

  /** A process that runs and says nothing for so long stands still; loading a large scene takes less. */
  expectStream(member: CrewMember): void {
    const { name } = member.berth;
    const silenceMs = limits.launchTimeoutMs;
    const message = `${name} runs and was not heard of for ${silenceMs / 1000} s`;
    const action = "Is its machine overloaded, or the process stopped?";
    const timer = this.#world.clock.after(silenceMs, () =>
      this.#silent(name, new ArrasError("computation-lost", { message, action, place: { computation: name } })),
    );
    member.phase = { t: "connecting", timer };
  }

  startAgain(member: CrewMember, error: ArrasError, cause: ExitCause): void {
    const { formerLimitBytes } = member;
    const hasMoreMemory = formerLimitBytes !== undefined;
    const decision = decideRestart(historyOf(member), cause);
    if (decision.t === "give-up") {
      // Whoever watches the session is told by its notices.
      const { name: computation, nodeId: node } = member.berth;
      this.#world.log.info({ computation, node, reason: decision.reason }, error.toString());
      this.#roster.gone(
        member,
        hasMoreMemory && cause === ExitCause.MEMORY ? passedTwice(error, formerLimitBytes) : error,
      );
      return;
    }
    member.restartCount += 1;
    member.restartsInARowCount += 1;
    if (decision.t === "restart-with-more-memory") {
      member.formerLimitBytes = member.berth.memoryLimitBytes;
      this.launch(member, { reason: "memory", error });
      return;
    }
    this.#roster.restarting(member, error);
    const timer = this.#world.clock.after(decision.afterMs, () => this.launch(member));
    member.phase = { t: "restarting", timer };
  }

  /** It could not work where it was. Another node may fail it too: it is tried no more often than one that crashes. */
  startElsewhere(member: CrewMember, error: ArrasError): void {
    cancelTimer(member);
    const decision = decideRestart(historyOf(member), ExitCause.CRASHED);
    if (decision.t !== "restart") {
      this.#roster.gone(member, error);
      return;
    }
    member.restartCount += 1;
    member.restartsInARowCount += 1;
    const timer = this.#world.clock.after(decision.afterMs, () => this.launch(member, { reason: "refused", error }));
    member.phase = { t: "restarting", timer };
  }

  /** No process is to blame. `why`: what became of its place. */
  placeAgain(member: CrewMember, why: ArrasError): void {
    cancelTimer(member);
    member.search.begin(why);
    const timer = this.#world.clock.after(0, () => this.launch(member));
    member.phase = { t: "unplaced", timer };
    member.restartCount += 1;
  }
}

function historyOf({ restartCount, restartsInARowCount, formerLimitBytes }: CrewMember): RestartHistory {
  const hasMoreMemory = formerLimitBytes !== undefined;
  return { count: restartCount, inARowCount: restartsInARowCount, hasMoreMemory };
}
