// The merge computation of a session: launched, or found running when the session is taken over; after a death launched
// again with its film's newest checkpoint, or an empty film: its ledger tells the planner what is to be rendered again.
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import { type ComputationExited, ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import type { Berth } from "./berth.ts";
import { type FilmListener, MergerFilm } from "./merger-film.ts";
import { MergerLeaving, type RestMs } from "./merger-leaving.ts";
import { MergerLife } from "./merger-life.ts";
import { MergerStarts } from "./merger-starts.ts";
import type { PresentComputation } from "./records/present-record.ts";
import { quarantinedNode } from "./session-errors.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";

export interface MergerListener extends FilmListener {
  restarting(reason: ArrasError): void;
  gone(error: ArrasError): void;
  /** It was kept for pictures, and died: there is no film any more. */
  filmGone(error: ArrasError): void;
}

export class MergerHost {
  readonly film: MergerFilm;
  readonly #world: SessionSurroundings;
  readonly #listener: MergerListener;
  readonly #life: MergerLife;
  readonly #starts: MergerStarts;
  readonly #leave: MergerLeaving;
  /** The attempt that is being ended, and why. */
  #leaving: { readonly attempt: number; readonly error: ArrasError } | undefined;

  constructor(plan: SessionPlan, world: SessionSurroundings, listener: MergerListener) {
    this.#world = world;
    this.#listener = listener;
    const life = new MergerLife(plan.sessionId, plan.merge);
    this.#life = life;
    const film = new MergerFilm(plan, world, {
      life,
      listener,
      keeper: {
        failed: (error) => this.#replace(error, ExitCause.CRASHED),
        silent: (error) => void this.#endAndReplace({ attempt: life.attempt, error }),
        leaveNode: () => (life.berth === undefined ? Promise.resolve() : this.#leaveNode(life.berth)),
      },
    });
    this.film = film;
    this.#starts = new MergerStarts(plan, world, life, {
      orderedFilm: () => film.ordered,
      launched: (addressOf) => void film.open(addressOf),
      restarting: (reason) => listener.restarting(reason),
      gone: (error) => listener.gone(error),
    });
    this.#leave = new MergerLeaving({
      log: world.log,
      reserve: async (berth) => world.berthFor(berth, "again"),
      writeCheckpoint: () => film.checkpoints.request(),
      leave: (leaving) => void this.#endAndReplace(leaving),
    });
  }

  get present(): PresentComputation | undefined {
    return this.#life.present;
  }

  /** Why it has no place, where it had one. */
  get placeless(): ArrasError | undefined {
    return this.#life.search.error;
  }

  isMerger(computation: string): boolean {
    return computation === this.#life.berth?.name;
  }

  /** Its first attempt, which is written down already. */
  start(): void {
    this.#starts.launch({ isWritten: true });
  }

  /** Instead of `start`: its place came later, from the queue. */
  place(berth: Berth): void {
    this.#life.berth = berth;
    this.#starts.launch();
  }

  /**
   * Instead of `start`: another coordinator has started it. Whether it runs is to be told by `found` or `missing`.
   * `formerLimitBytes`: 0 unless it has more memory than it is defined to have.
   */
  adopt(attempt: number, formerLimitBytes = 0): void {
    this.#life.attempt = attempt;
    this.#life.formerLimitBytes = formerLimitBytes === 0 ? undefined : formerLimitBytes;
    this.#life.change({ t: "sought" });
  }

  /** `address` empty: it has not said yet where it serves. */
  found(attempt: number, address: string): void {
    if (!this.#isSought) return;
    this.#life.change({ t: "found" });
    this.#life.attempt = attempt;
    void this.film.open(async () => (address === "" ? this.#starts.request(attempt) : address));
  }

  missing(): void {
    if (!this.#isSought) return;
    const message = "The merger was not running any more when its session was taken over";
    const action = "Nothing: it is started again.";
    this.#replace(new ArrasError("computation-lost", { message, action }), ExitCause.CRASHED);
  }

  get #isSought(): boolean {
    return this.#life.phase.t === "sought" && this.#life.stage !== "ended";
  }

  /** Rendering has ended. From now on a merger that dies is not started again. */
  keep(): void {
    if (this.#life.stage === "wanted") this.#life.stage = "kept";
  }

  usage(peakMemoryBytes: number): void {
    this.#life.peakMemoryBytes = Math.max(this.#life.peakMemoryBytes, peakMemoryBytes);
  }

  exited(exit: ComputationExited): void {
    this.usage(Number(exit.peakMemoryBytes));
    if (exit.attempt !== this.#life.attempt) return;
    const isClean = exit.cause === ExitCause.ENDED || exit.cause === ExitCause.STOPPED;
    if (isClean) this.#world.journal?.record({ t: "computation-ended", ...this.#life.about });
    const ended = new ArrasError("computation-lost", { message: "The merger ended", action: "See its log." });
    const error = exit.error === undefined ? ended : errorFromMessage(exit.error);
    this.#replace(this.#leaving?.attempt === exit.attempt ? this.#leaving.error : error, exit.cause);
  }

  /** Its film is gone with its node. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#life.berth?.nodeId === nodeId) this.#replace(error, ExitCause.CRASHED);
  }

  /** See MergerLeaving.drain. To be called again while that node has not left. */
  drainNode(nodeId: string, leftMs: number, restMs: RestMs): void {
    const { berth, attempt, stage } = this.#life;
    if (berth?.nodeId !== nodeId || !this.film.isRead || stage !== "wanted") return;
    this.#leave.drain({ berth, attempt }, leftMs, restMs);
  }

  /** Without what it had written: its film begins anew elsewhere. */
  #leaveNode(berth: Berth): Promise<void> {
    const leaving = { attempt: this.#life.attempt, error: quarantinedNode(berth.name, berth.nodeId) };
    return this.film.checkpoints.discardingAll(() => this.#endAndReplace(leaving));
  }

  /** Ends that attempt, of which it knows why, and has another one started. */
  async #endAndReplace(leaving: { readonly attempt: number; readonly error: ArrasError }): Promise<void> {
    if (leaving.attempt !== this.#life.attempt || this.#life.stage !== "wanted") return;
    this.#leaving = leaving;
    await this.#starts.stop().catch(() => {});
    if (this.#leaving === leaving) this.#replace(leaving.error, ExitCause.STOPPED);
  }

  /** Each attempt is given up once. */
  #replace(error: ArrasError, cause: ExitCause): void {
    const { stage, phase } = this.#life;
    if (stage === "kept") {
      if (phase.t === "sought" || phase.t === "found") this.film.lost();
      this.#listener.filmGone(error);
    }
    if (stage !== "wanted" || phase.t === "away") return;
    this.film.lost();
    this.#starts.startAgain(error, cause);
  }

  /** The session belongs to another coordinator, and so does it. */
  abandon(): void {
    this.#life.stage = "ended";
    this.#starts.end();
    this.film.end();
  }

  async end(): Promise<void> {
    await this.film.checkpoints.close();
    this.abandon();
    await this.#starts.stop();
  }
}
