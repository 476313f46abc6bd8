// The merge computation of a session: launched, or found running when the session is taken over; its film opened, its
// ledger watched; after a death launched again with its film's newest checkpoint, or an empty film: its ledger tells the
// planner what is to be rendered again.
import type { Timer } from "../host/clock.ts";
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import type { TakeOutReply } from "../proto/gen/arras/v1/film_pb.ts";
import { type ComputationExited, ExitCause, type LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import { type CheckpointListener, SessionCheckpoints } from "./checkpoints/session-checkpoints.ts";
import type { LaunchWish } from "./crew-member.ts";
import { sentence } from "./journal/event-of.ts";
import { MergerLeaving, type RestMs } from "./merger-leaving.ts";
import { MergerLedger, watchAgainAfterMs } from "./merger-ledger.ts";
import { type MergerAccess, MergerLink, type Suspects } from "./merger-link.ts";
import { PlaceSearch } from "./place-search.ts";
import type { TileReport } from "./planner/events.ts";
import { adaptiveRule } from "./planner/settings.ts";
import type { PresentComputation } from "./records/present-record.ts";
import { decideRestart } from "./restart-policy.ts";
import { passedTwice, quarantinedNode } from "./session-errors.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { TakingOut } from "./taking-out.ts";

export interface MergerListener
  extends Pick<CheckpointListener, "notice" | "instructionSet" | "rendererBuild" | "budgetSpp"> {
  /** It serves, and is being asked for its film: who loads the scene can be told where that will be. */
  opening(): void;
  /** The film is open, and its first whole ledger has been told; everybody is to be told its address. */
  opened(): void;
  /** What is in the film, all of it; then each change. */
  ledger(tiles: readonly TileReport[]): void;
  merged(tiles: readonly TileReport[]): void;
  restarting(reason: ArrasError): void;
  gone(error: ArrasError): void;
  /** It was kept for pictures, and died: there is no film any more. */
  filmGone(error: ArrasError): void;
  /** The film has no samples of these wrong nodes, and takes none. */
  takenOut(nodeIds: readonly string[]): void;
  /** What its film is to show. */
  scene(): { readonly number: number; readonly edited: { readonly edits: SceneEdits } };
}

export class MergerHost {
  readonly checkpoints: SessionCheckpoints;
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #listener: MergerListener;
  #link: MergerLink | undefined;
  #opening: MergerAccess | undefined;
  #attempt = 0;
  #peakMemoryBytes = 0;
  /** Without a merged unit between. */
  #restartsInARowCount = 0;
  #isOpen = false;
  /** Its first whole ledger is in. */
  #isRead = false;
  /** Of a session that was taken over: its node is asked whether it runs, then its film is opened. */
  #isSought = false;
  #isFound = false;
  /** Its film is what counts: it is not replaced by an empty one. */
  #isKept = false;
  #ended = false;
  /** Of the attempt that was given up last; each is only once. */
  #replacedAttempt = 0;
  #timer: Timer | undefined;
  /** The attempt that is being ended, and why. */
  #leaving: { readonly attempt: number; readonly error: ArrasError } | undefined;
  /** undefined: it waits for its place. */
  #berth: Berth | undefined;
  /** Set once it was started again with more memory: what it had before. */
  #formerLimitBytes: number | undefined;
  readonly #search = new PlaceSearch();
  readonly #ledger: MergerLedger;
  readonly #takingOut: TakingOut;
  readonly #leave: MergerLeaving;

  constructor(plan: SessionPlan, world: SessionSurroundings, listener: MergerListener) {
    this.#plan = plan;
    this.#world = world;
    this.#listener = listener;
    this.#berth = plan.merge;
    const writableLink = () => (this.#isRead ? this.#link : undefined);
    const edits = () => listener.scene().edited.edits;
    this.checkpoints = new SessionCheckpoints(plan, world, { ...listener, writableLink, edits });
    this.#ledger = new MergerLedger({
      ...world,
      link: () => (this.#isOpen ? this.#link : undefined),
      epoch: () => this.#epoch,
      about: () => this.#about(),
      whole: (tiles) => this.#opened(tiles),
      changed: (tiles) => {
        this.#restartsInARowCount = 0;
        listener.merged(tiles);
      },
      silent: (error) => void this.#endAndReplace({ attempt: this.#attempt, error }),
    });
    this.#leave = new MergerLeaving({
      log: world.log,
      reserve: async (berth) => world.berthFor(berth, "again"),
      writeCheckpoint: () => this.checkpoints.request(),
      leave: (leaving) => void this.#endAndReplace(leaving),
    });
    this.#takingOut = new TakingOut({
      ...world,
      wrongNodeIds: () => world.wrongNodes?.nodeIds ?? [],
      isOpen: () => this.#isOpen && !this.#isKept && !this.#ended,
      nodeId: () => this.#berth?.nodeId ?? "",
      leave: () => (this.#berth === undefined ? Promise.resolve() : this.#leaveNode(this.#berth)),
      stopRule: adaptiveRule(plan.adaptive),
      takeOut: (suspects) => this.takeOut(suspects),
      taken: (nodeIds) => listener.takenOut(nodeIds),
      delayed: (error) => {
        const happening = { t: "session-unclean", sessionId: plan.sessionId, error } as const;
        world.journal?.record(happening);
        listener.notice(1, sentence(happening));
      },
    });
  }

  /** The film can be filled. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What is in it is known: only then can what is missing be granted. */
  get isRead(): boolean {
    return this.#isRead;
  }

  get present(): PresentComputation | undefined {
    if (this.#berth === undefined) return undefined;
    const restartCount = Math.max(0, this.#attempt - 1);
    const [peakMemoryBytes, formerLimitBytes] = [this.#peakMemoryBytes, this.#formerLimitBytes];
    return { berth: this.#berth, attempt: this.#attempt, restartCount, peakMemoryBytes, formerLimitBytes };
  }

  /** Throws `session-state` before the first opening, `unavailable` while one that was taken over is looked for. */
  get link(): MergerLink {
    if (this.#link !== undefined) return this.#link;
    if (this.#isSought || this.#isFound) {
      const message = "The session was taken over just now, and its film is being looked for";
      throw new ArrasError("unavailable", { message, action: "Try again in a moment." });
    }
    const action = this.#isKept ? "Render it again." : "Wait until it renders.";
    const message = this.#isKept ? "The session's film is gone with its merger" : "The session has no film yet";
    throw new ArrasError("session-state", { message, action });
  }

  /** Where it serves, while its film is being opened. */
  get opening(): MergerAccess | undefined {
    return this.#opening;
  }

  /** Why it has no place, where it had one. */
  get placeless(): ArrasError | undefined {
    return this.#search.error;
  }

  isMerger(computation: string): boolean {
    return computation === this.#berth?.name;
  }

  /** Its first attempt, which is written down already. */
  start(): void {
    this.#launch({ isWritten: true });
  }

  /** Instead of `start`: its place came later, from the queue. */
  place(berth: Berth): void {
    this.#berth = berth;
    this.#launch();
  }

  /**
   * Instead of `start`: another coordinator has started it. Whether it runs is to be told by `found` or `missing`.
   * `formerLimitBytes`: 0 unless it has more memory than it is defined to have.
   */
  adopt(attempt: number, formerLimitBytes = 0): void {
    this.#attempt = attempt;
    this.#formerLimitBytes = formerLimitBytes === 0 ? undefined : formerLimitBytes;
    this.#isSought = true;
  }

  /** `address` empty: it has not said yet where it serves. */
  found(attempt: number, address: string): void {
    if (!this.#isSought || this.#ended) return;
    this.#isSought = false;
    this.#isFound = true;
    this.#attempt = attempt;
    void this.#perform(attempt, () => (address === "" ? this.#request(attempt) : Promise.resolve(address)));
  }

  missing(): void {
    if (!this.#isSought || this.#ended) return;
    this.#isSought = false;
    const message = "The merger was not running any more when its session was taken over";
    const action = "Nothing: it is started again.";
    this.#replace(new ArrasError("computation-lost", { message, action }), ExitCause.CRASHED);
  }

  /** The scene is another now: what its film holds, and what is kept of it, is void. */
  leaveEpoch(): void {
    this.#isRead = false;
    this.#ledger.leaveEpoch();
    this.checkpoints.startEpoch();
  }

  /** After `leaveEpoch`: its film begins anew, empty, which `opened` tells. One that is not open is opened with it. */
  openEpoch(): void {
    const link = this.#link;
    if (!this.#isOpen || link === undefined || this.#ended) return;
    const [attempt, opened] = [this.#attempt, this.#epoch];
    const isCurrent = () => !this.#ended && attempt === this.#attempt && opened === this.#epoch;
    this.#openEpochOn(link, opened).then(
      (cleanOf) => {
        if (!isCurrent() || this.#isRead) return;
        this.#isRead = true;
        this.#takingOut.opened(cleanOf);
        this.#listener.opened();
      },
      (thrown: unknown) => {
        if (isCurrent()) this.#replace(ArrasError.from(thrown), ExitCause.CRASHED);
      },
    );
  }

  /** Starts the ledger's stream over. */
  watch(): void {
    this.#ledger.watch();
  }

  /** Rendering has ended. From now on a merger that dies is not started again. */
  keep(): void {
    this.#isKept = true;
  }

  usage(peakMemoryBytes: number): void {
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, peakMemoryBytes);
  }

  exited(exit: ComputationExited): void {
    this.usage(Number(exit.peakMemoryBytes));
    if (exit.attempt !== this.#attempt) return;
    const isClean = exit.cause === ExitCause.ENDED || exit.cause === ExitCause.STOPPED;
    if (isClean) this.#world.journal?.record({ t: "computation-ended", ...this.#about() });
    if (this.#ended) return;
    const ended = new ArrasError("computation-lost", { message: "The merger ended", action: "See its log." });
    const error = exit.error === undefined ? ended : errorFromMessage(exit.error);
    this.#replace(this.#leaving?.attempt === exit.attempt ? this.#leaving.error : error, exit.cause);
  }

  /** The session belongs to another coordinator, and so does it. */
  abandon(): void {
    this.checkpoints.abandon();
    this.#ended = true;
    this.#isOpen = false;
    this.#timer?.cancel();
    this.#ledger.end();
    this.#link?.close();
  }

  async end(): Promise<void> {
    await this.checkpoints.close();
    this.abandon();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.#berth === undefined) return;
    await this.#world.launcher.stop(this.#berth.nodeId, this.#plan.sessionId, this.#berth.name);
  }

  /** See MergerLeaving.drain. To be called again while that node has not left. */
  drainNode(nodeId: string, leftMs: number, restMs: RestMs): void {
    const berth = this.#berth;
    if (berth?.nodeId !== nodeId || !this.#isRead || this.#isKept || this.#ended) return;
    this.#leave.drain({ berth, attempt: this.#attempt }, leftMs, restMs);
  }

  /** Ends that attempt, of which it knows why, and has another one started. */
  async #endAndReplace(leaving: { readonly attempt: number; readonly error: ArrasError }): Promise<void> {
    if (leaving.attempt !== this.#attempt || this.#isKept || this.#ended) return;
    this.#leaving = leaving;
    await this.#stop().catch(() => {});
    if (this.#leaving === leaving) this.#replace(leaving.error, ExitCause.STOPPED);
  }

  /**
   * Empties every tile that has samples of them, in the film and in what is kept of it; the ledger, which is read again
   * then, says what is missing. Rejects as FilmService.TakeOut, and then has changed nothing but what is kept.
   */
  takeOut(suspects: Suspects): Promise<TakeOutReply> {
    return this.checkpoints.discardingAll(async () => {
      const taken = await this.link.takeOut(suspects);
      this.watch();
      return taken;
    });
  }

  /** A node's samples are wrong: none of them may be in a film, and what adds samples there is not to be believed. */
  quarantined(): void {
    this.#takingOut.look();
  }

  /** Without what it had written: its film begins anew elsewhere. */
  #leaveNode(berth: Berth): Promise<void> {
    const leaving = { attempt: this.#attempt, error: quarantinedNode(berth.name, berth.nodeId) };
    return this.checkpoints.discardingAll(() => this.#endAndReplace(leaving));
  }

  /** Its film is gone with its node. */
  lostNode(nodeId: string, error: ArrasError): void {
    if (this.#berth?.nodeId === nodeId) this.#replace(error, ExitCause.CRASHED);
  }

  #opened(ledger: readonly TileReport[]): void {
    this.#listener.ledger(ledger);
    if (this.#isRead) return;
    this.#isRead = true;
    this.#listener.opened();
  }

  /** At once where it has its place, otherwise as soon as it has another. */
  #launch(how: LaunchWish = {}): void {
    const isWanted = () => !this.#ended && !this.#isKept;
    if (!isWanted() || this.#berth === undefined) return;
    const placed = (berth: Berth) => {
      if (isWanted()) void this.#launchAt(berth, how);
    };
    const failed = (thrown: unknown) => {
      if (isWanted()) this.#waitForPlace(ArrasError.from(thrown), how);
    };
    try {
      const found = this.#world.berthFor(this.#berth, how.reason ?? "again");
      if (found instanceof Promise) found.then(placed, failed);
      else placed(found);
    } catch (thrown) {
      failed(thrown);
    }
  }

  async #launchAt(berth: Berth, { isWritten, error }: LaunchWish): Promise<void> {
    if (error !== undefined) this.#restarting(error);
    this.#berth = berth;
    this.#attempt += 1;
    const attempt = this.#attempt;
    await this.#perform(attempt, async () => {
      // Who takes over looks where the record says.
      const saved = isWritten === true ? undefined : this.#world.save();
      if (saved !== undefined) await saved;
      return this.#ended ? undefined : this.#request(attempt);
    });
  }

  /** Also for one that runs and was asked for by another: the same attempt is the same process. */
  async #request(attempt: number): Promise<string | undefined> {
    if (this.#berth === undefined) return undefined;
    const order = { ...this.#plan.orderFor(this.#berth, attempt), ...this.#orderedFilm };
    const { nodeId, memoryLimitBytes, environment } = this.#berth;
    const { address } = await this.#world.launcher.launch(nodeId, { order, memoryLimitBytes, environment });
    this.#search.end();
    return address;
  }

  /** One that begins empty need not wait for its opening. */
  get #orderedFilm(): Pick<LaunchOrder, "film" | "filmEpoch"> {
    if (this.checkpoints.record.checkpoint !== "") return { filmEpoch: 0 };
    return { film: filmSpecToMessage(this.#plan.film), filmEpoch: this.#epoch };
  }

  /** Opens the film of the attempt where it serves; what goes wrong replaces the attempt. */
  async #perform(attempt: number, addressOf: () => Promise<string | undefined>): Promise<void> {
    const { sessionId, token } = this.#plan;
    try {
      const address = await addressOf();
      if (address === undefined || this.#ended || attempt !== this.#attempt) return;
      const link = new MergerLink({ address, sessionId, token, authorityPem: this.#world.authorityPem });
      // Of one that was found, others may change the ledger meanwhile.
      if (!this.#isFound) {
        this.#opening = link.access;
        this.#listener.opening();
        if (!this.#takingOut.isNeeded) this.#ledger.watchOpening(link);
      }
      const cleanOf = await this.#openFilm(link).catch((thrown: unknown) => {
        link.close();
        throw thrown;
      });
      if (this.#ended || attempt !== this.#attempt) {
        link.close();
        return;
      }
      this.#link?.close();
      this.#link = link;
      this.#isOpen = true;
      this.#opening = undefined;
      this.#isFound = false;
      this.#ledger.heard();
      this.#takingOut.opened(cleanOf);
      if (cleanOf.length === 0) this.#ledger.opened();
      else this.watch();
    } catch (thrown) {
      if (this.#ended || attempt !== this.#attempt) return;
      const error = ArrasError.from(thrown);
      // One that was found has a film, which is worth waiting for.
      if (this.#isFound && this.#ledger.isWorthWaiting(error))
        this.#timer = this.#world.clock.after(watchAgainAfterMs, () => void this.#perform(attempt, addressOf));
      else this.#replace(error, ExitCause.CRASHED);
    }
  }

  /** Of the present epoch, also where another one begins meanwhile. The wrong nodes of which it has nothing. */
  async #openFilm(link: MergerLink): Promise<readonly string[]> {
    for (;;) {
      const opened = this.#epoch;
      const cleanOf = await this.#openEpochOn(link, opened);
      if (opened === this.#epoch) return cleanOf;
    }
  }

  async #openEpochOn(link: MergerLink, opened: number): Promise<readonly string[]> {
    await this.checkpoints.openFilm(link, opened);
    return this.#takingOut.clean(link);
  }

  get #epoch(): number {
    return this.#listener.scene().number;
  }

  /** A place is looked for again, and given up after long. */
  #waitForPlace(refusal: ArrasError, { error: cause }: LaunchWish): void {
    const { clock, log } = this.#world;
    const { error, isFirst, lastedMs } = this.#search.refuse(refusal, clock.nowMs());
    if (isFirst) {
      log.warn({ computation: this.#berth?.name, code: error.code }, `no place for the merger: ${error.message}`);
      this.#world.journal?.record({ t: "computation-unplaced", ...this.#about(), error });
    }
    if (cause !== undefined) this.#gone(cause);
    else if (lastedMs >= this.#plan.placelessMsMax) this.#gone(error);
    else this.#timer = clock.after(limits.placeAgainIntervalMs, () => this.#launch());
  }

  #gone(error: ArrasError): void {
    this.#world.journal?.record({ t: "computation-gone", ...this.#about(), error });
    this.#listener.gone(error);
  }

  #restarting(error: ArrasError): void {
    this.#world.journal?.record({ t: "computation-restarted", ...this.#about(), isMerger: true, error });
    this.#listener.restarting(error);
  }

  #about() {
    const { name: computation, nodeId } = this.#berth ?? { name: "", nodeId: "" };
    return { sessionId: this.#plan.sessionId, computation, nodeId, attempt: this.#attempt };
  }

  #replace(error: ArrasError, cause: ExitCause): void {
    this.#isSought = false;
    this.#isFound = false;
    if (this.#isKept && !this.#ended) this.#listener.filmGone(error);
    if (this.#isKept || this.#ended || this.#replacedAttempt === this.#attempt) return;
    this.#replacedAttempt = this.#attempt;
    this.#search.begin(error);
    this.#isOpen = false;
    this.#isRead = false;
    this.#opening = undefined;
    this.#ledger.heard();
    this.#ledger.end();
    this.#timer?.cancel();
    // The node is the last to say what fits there, and no process is to blame.
    if (error.code === "resources-insufficient") {
      this.#launch({ reason: "refused" });
      return;
    }
    const [inARowCount, formerLimitBytes] = [this.#restartsInARowCount, this.#formerLimitBytes];
    const hasMoreMemory = formerLimitBytes !== undefined;
    const decision = decideRestart({ count: this.#attempt - 1, inARowCount, hasMoreMemory }, cause);
    if (decision.t === "give-up") {
      this.#gone(hasMoreMemory && cause === ExitCause.MEMORY ? passedTwice(error, formerLimitBytes) : error);
      return;
    }
    this.#restartsInARowCount += 1;
    if (decision.t === "restart-with-more-memory") {
      this.#formerLimitBytes = this.#berth?.memoryLimitBytes;
      this.#launch({ reason: "memory", error });
      return;
    }
    this.#restarting(error);
    this.#timer = this.#world.clock.after(decision.afterMs, () => this.#launch());
  }
}
