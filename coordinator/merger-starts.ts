// Starts a session's merger: finds a place, launches it there, and after a death decides whether, when and with how much
// memory it is started again.
import type { Timer } from "../host/clock.ts";
import { ArrasError } from "../proto/errors.ts";
import { ExitCause, type LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import type { LaunchWish } from "./crew-member.ts";
import type { MergerLife } from "./merger-life.ts";
import { decideRestart } from "./restart-policy.ts";
import { passedTwice } from "./session-errors.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";

/** Where an attempt serves, once it does; undefined: it is not wanted any more. Rejects where it cannot be launched. */
export type AddressOf = () => Promise<string | undefined>;

export interface MergerStartsListener {
  /** What its order says of the film that it will be asked for. */
  orderedFilm(): Pick<LaunchOrder, "film" | "filmEpoch">;
  /** Another attempt has begun. */
  launched(addressOf: AddressOf): void;
  restarting(reason: ArrasError): void;
  gone(error: ArrasError): void;
}

export class MergerStarts {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #life: MergerLife;
  readonly #listener: MergerStartsListener;
  #timer: Timer | undefined;

  constructor(plan: SessionPlan, world: SessionSurroundings, life: MergerLife, listener: MergerStartsListener) {
    this.#plan = plan;
    this.#world = world;
    this.#life = life;
    this.#listener = listener;
  }

  /** At once where it has its place, otherwise as soon as it has another. */
  launch(how: LaunchWish = {}): void {
    const { stage, berth } = this.#life;
    if (stage !== "wanted" || berth === undefined) return;
    const placed = (found: Berth) => {
      if (this.#life.stage === "wanted") this.#launchAt(found, how);
    };
    const failed = (thrown: unknown) => {
      if (this.#life.stage === "wanted") this.#waitForPlace(ArrasError.from(thrown), how);
    };
    try {
      const found = this.#world.berthFor(berth, how.reason ?? "again");
      if (found instanceof Promise) found.then(placed, failed);
      else placed(found);
    } catch (thrown) {
      failed(thrown);
    }
  }

  #launchAt(berth: Berth, { isWritten, error }: LaunchWish): void {
    const life = this.#life;
    if (error !== undefined) this.#restarting(error);
    life.berth = berth;
    life.attempt += 1;
    life.change({ t: "launching" });
    const { attempt } = life;
    this.#listener.launched(async () => {
      // Who takes over looks where the record says.
      const saved = isWritten === true ? undefined : this.#world.save();
      if (saved !== undefined) await saved;
      return life.stage === "ended" ? undefined : this.request(attempt);
    });
  }

  /** Also for one that runs and was asked for by another: the same attempt is the same process. */
  async request(attempt: number): Promise<string | undefined> {
    const { berth, search } = this.#life;
    if (berth === undefined) return undefined;
    const order = { ...this.#plan.orderFor(berth, attempt), ...this.#listener.orderedFilm() };
    const { nodeId, memoryLimitBytes, environment } = berth;
    const { address } = await this.#world.launcher.launch(nodeId, { order, memoryLimitBytes, environment });
    search.end();
    return address;
  }

  async stop(): Promise<void> {
    const { berth } = this.#life;
    if (berth !== undefined) await this.#world.launcher.stop(berth.nodeId, this.#plan.sessionId, berth.name);
  }

  /** After an attempt that was given up, if another one is worth it. */
  startAgain(error: ArrasError, cause: ExitCause): void {
    const life = this.#life;
    life.search.begin(error);
    this.#timer?.cancel();
    // The node is the last to say what fits there, and no process is to blame.
    if (error.code === "resources-insufficient") {
      this.launch({ reason: "refused" });
      return;
    }
    const { attempt, restartsInARowCount: inARowCount, formerLimitBytes } = life;
    const hasMoreMemory = formerLimitBytes !== undefined;
    const decision = decideRestart({ count: attempt - 1, inARowCount, hasMoreMemory }, cause);
    if (decision.t === "give-up") {
      this.#gone(hasMoreMemory && cause === ExitCause.MEMORY ? passedTwice(error, formerLimitBytes) : error);
      return;
    }
    life.restartsInARowCount += 1;
    if (decision.t === "restart-with-more-memory") {
      life.formerLimitBytes = life.berth?.memoryLimitBytes;
      this.launch({ reason: "memory", error });
      return;
    }
    this.#restarting(error);
    this.#timer = this.#world.clock.after(decision.afterMs, () => this.launch());
  }

  /** Nothing is started any more. */
  end(): void {
    this.#timer?.cancel();
  }

  /** A place is looked for again, and given up after long. */
  #waitForPlace(refusal: ArrasError, { error: cause }: LaunchWish): void {
    const { clock, log, journal } = this.#world;
    const { about } = this.#life;
    const { error, isFirst, lastedMs } = this.#life.search.refuse(refusal, clock.nowMs());
    if (isFirst) {
      const { computation } = about;
      log.warn({ computation, code: error.code }, `no place for the merger: ${error.message}`);
      journal?.record({ t: "computation-unplaced", ...about, error });
    }
    if (cause !== undefined) this.#gone(cause);
    else if (lastedMs >= this.#plan.placelessMsMax) this.#gone(error);
    else this.#timer = clock.after(limits.placeAgainIntervalMs, () => this.launch());
  }

  #gone(error: ArrasError): void {
    this.#world.journal?.record({ t: "computation-gone", ...this.#life.about, error });
    this.#listener.gone(error);
  }

  #restarting(error: ArrasError): void {
    this.#world.journal?.record({ t: "computation-restarted", ...this.#life.about, isMerger: true, error });
    this.#listener.restarting(error);
  }
}
