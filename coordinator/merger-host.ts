// The merge computation of a session: launched, its film opened, its ledger watched; after a death launched again with
// an empty film, which the planner then fills from the ledger's nothing.
import type { Timer } from "../host/clock.ts";
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { TileStatuses } from "../proto/gen/arras/v1/film_pb.ts";
import { type ComputationExited, ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./crew.ts";
import { MergerLink } from "./merger-link.ts";
import type { TileReport } from "./planner/events.ts";
import { decideRestart } from "./restart-policy.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { tileReport } from "./tile-reports.ts";

export interface MergerListener {
  /** The film is open; everybody is to be told its address. */
  opened(): void;
  /** What is in the film, all of it; then each change. */
  ledger(tiles: readonly TileReport[]): void;
  merged(tiles: readonly TileReport[]): void;
  restarting(reason: ArrasError): void;
  gone(error: ArrasError): void;
}

const epoch = 1;
const watchAgainAfterMs = 100;

export class MergerHost {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #listener: MergerListener;
  #link: MergerLink | undefined;
  #attempt = 0;
  /** Without a merged unit between. */
  #restartsInARowCount = 0;
  #isOpen = false;
  /** Its film is what counts: it is not replaced by an empty one. */
  #isKept = false;
  #ended = false;
  /** Of the attempt that was given up last; each is only once. */
  #replacedAttempt = 0;
  /** Since when the ledger's stream breaks again and again. */
  #silentSinceMs: number | undefined;
  #timer: Timer | undefined;
  #berth: Berth;
  /** Since when there has been no place for it. */
  #unplacedSinceMs: number | undefined;
  /** The ledger that a new stream begins with, until it is whole. */
  #ledger: TileReport[] | undefined;

  constructor(plan: SessionPlan, world: SessionSurroundings, listener: MergerListener) {
    this.#plan = plan;
    this.#world = world;
    this.#listener = listener;
    this.#berth = plan.merge;
  }

  /** The film can be filled. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Throws `session-state` before the first opening. */
  get link(): MergerLink {
    if (this.#link === undefined) {
      throw new ArrasError("session-state", {
        message: "The session has no film yet",
        action: "Wait until it renders.",
      });
    }
    return this.#link;
  }

  isMerger(computation: string): boolean {
    return computation === this.#plan.merge.name;
  }

  start(): void {
    void this.#launch();
  }

  /** Starts the ledger's stream over. */
  watch(): void {
    if (!this.#isOpen) return;
    this.#ledger = [];
    this.link.watch({
      statuses: (statuses) => this.#take(statuses),
      broken: (error) => this.#watchAgain(error),
    });
  }

  /** Rendering has ended. From now on a merger that dies is not started again. */
  keep(): void {
    this.#isKept = true;
  }

  #watchAgain(error: ArrasError): void {
    // Its process is known to be gone: the timer belongs to the restart.
    if (!this.#isOpen) return;
    const { clock, launcher, log } = this.#world;
    log.warn({ code: error.code }, `the ledger's stream broke: ${error.message}`);
    this.#silentSinceMs ??= clock.nowMs();
    if (clock.nowMs() - this.#silentSinceMs < limits.launchTimeoutMs) {
      this.#timer = clock.after(watchAgainAfterMs, () => this.watch());
      return;
    }
    // It runs and does not answer: only another can go on.
    const attempt = this.#attempt;
    const replace = () => attempt === this.#attempt && this.#replace(error, ExitCause.CRASHED);
    launcher.stop(this.#berth.nodeId, this.#plan.sessionId, this.#berth.name).then(replace, replace);
  }

  exited(exit: ComputationExited): void {
    if (exit.attempt !== this.#attempt || this.#ended) return;
    const error =
      exit.error === undefined
        ? new ArrasError("computation-lost", { message: "The merger ended", action: "See its log." })
        : errorFromMessage(exit.error);
    this.#replace(error, exit.cause);
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    this.#link?.close();
    await this.#world.launcher.stop(this.#berth.nodeId, this.#plan.sessionId, this.#berth.name);
  }

  /** Its film is gone with its node. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#berth.nodeId === nodeId) this.#replace(error, ExitCause.CRASHED);
  }

  #take(statuses: TileStatuses): void {
    this.#silentSinceMs = undefined;
    if (statuses.epoch !== epoch) return;
    const tiles = statuses.tiles.map(tileReport);
    if (this.#ledger === undefined) {
      this.#restartsInARowCount = 0;
      this.#listener.merged(tiles);
      return;
    }
    this.#ledger.push(...tiles);
    if (!statuses.ledgerComplete) return;
    const whole = this.#ledger;
    this.#ledger = undefined;
    this.#listener.ledger(whole);
  }

  async #launch(): Promise<void> {
    if (this.#ended || this.#isKept || !this.#findBerth()) return;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const { sessionId, token, film } = this.#plan;
    try {
      const order = this.#plan.orderFor(this.#berth, attempt);
      const { nodeId, memoryLimitBytes, environment } = this.#berth;
      const { address } = await this.#world.launcher.launch(nodeId, { order, memoryLimitBytes, environment });
      if (this.#ended || attempt !== this.#attempt) return;
      const link = new MergerLink({ address, sessionId, token });
      await link.openFilm(epoch, film);
      if (this.#ended || attempt !== this.#attempt) {
        link.close();
        return;
      }
      this.#link?.close();
      this.#link = link;
      this.#isOpen = true;
      this.watch();
      this.#listener.opened();
    } catch (thrown) {
      if (this.#ended || attempt !== this.#attempt) return;
      this.#replace(ArrasError.from(thrown), ExitCause.CRASHED);
    }
  }

  /** False: there is no place now; it is looked for again, and given up after long. */
  #findBerth(): boolean {
    const { clock, log } = this.#world;
    try {
      this.#berth = this.#world.berthFor(this.#berth);
      this.#unplacedSinceMs = undefined;
      return true;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (this.#unplacedSinceMs === undefined)
        log.warn({ code: error.code }, `no place for the merger: ${error.message}`);
      this.#unplacedSinceMs ??= clock.nowMs();
      if (clock.nowMs() - this.#unplacedSinceMs >= limits.placeAgainMsMax) this.#listener.gone(error);
      else this.#timer = clock.after(limits.placeAgainIntervalMs, () => void this.#launch());
      return false;
    }
  }

  #replace(error: ArrasError, cause: ExitCause): void {
    if (this.#isKept || this.#ended || this.#replacedAttempt === this.#attempt) return;
    this.#replacedAttempt = this.#attempt;
    this.#isOpen = false;
    this.#silentSinceMs = undefined;
    this.#timer?.cancel();
    const decision = decideRestart({ count: this.#attempt - 1, inARowCount: this.#restartsInARowCount }, cause);
    if (decision.t === "give-up") {
      this.#listener.gone(error);
      return;
    }
    this.#restartsInARowCount += 1;
    this.#listener.restarting(error);
    this.#timer = this.#world.clock.after(decision.afterMs, () => void this.#launch());
  }
}
