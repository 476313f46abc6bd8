// The film of a session, in its present merger: opened there with its newest checkpoint, or empty, for each epoch of the
// scene and without samples of wrong nodes; its ledger watched.
import type { Timer } from "../host/clock.ts";
import { ArrasError } from "../proto/errors.ts";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import type { TakeOutReply } from "../proto/gen/arras/v1/film_pb.ts";
import type { LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import { type CheckpointListener, SessionCheckpoints } from "./checkpoints/session-checkpoints.ts";
import { sentence } from "./journal/event-of.ts";
import { MergerLedger, watchAgainAfterMs } from "./merger-ledger.ts";
import type { MergerLife } from "./merger-life.ts";
import { type MergerAccess, MergerLink, type Suspects } from "./merger-link.ts";
import type { AddressOf } from "./merger-starts.ts";
import type { TileReport } from "./planner/events.ts";
import { adaptiveRule } from "./planner/settings.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import { TakingOut } from "./taking-out.ts";

/** The session's. */
export interface FilmListener
  extends Pick<CheckpointListener, "notice" | "instructionSet" | "rendererBuild" | "budgetSpp"> {
  /** Its merger serves, and is being asked for it: who loads the scene can be told where that will be. */
  opening(): void;
  /** It is open, and its first whole ledger has been told; everybody is to be told its address. */
  opened(): void;
  /** What is in it, all of it; then each change. */
  ledger(tiles: readonly TileReport[]): void;
  merged(tiles: readonly TileReport[]): void;
  /** It has no samples of these wrong nodes, and takes none. */
  takenOut(nodeIds: readonly string[]): void;
  /** What it is to show. */
  scene(): { readonly number: number; readonly edited: { readonly edits: SceneEdits } };
}

/** Who has its process. */
export interface FilmKeeper {
  /** It cannot be opened there: another process is to be asked. */
  failed(error: ArrasError): void;
  /** The process runs and does not answer. */
  silent(error: ArrasError): void;
  /** It is to begin anew on another node. Rejects as TakingOutWorld.leave. */
  leaveNode(): Promise<void>;
}

export class MergerFilm {
  readonly checkpoints: SessionCheckpoints;
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #life: MergerLife;
  readonly #listener: FilmListener;
  readonly #keeper: FilmKeeper;
  readonly #ledger: MergerLedger;
  readonly #takingOut: TakingOut;
  /** Where it was open last. */
  #link: MergerLink | undefined;
  #timer: Timer | undefined;

  constructor(
    plan: SessionPlan,
    world: SessionSurroundings,
    parts: { readonly life: MergerLife; readonly listener: FilmListener; readonly keeper: FilmKeeper },
  ) {
    const { life, listener, keeper } = parts;
    this.#plan = plan;
    this.#world = world;
    this.#life = life;
    this.#listener = listener;
    this.#keeper = keeper;
    const writableLink = () => (this.isRead ? this.#link : undefined);
    const edits = () => listener.scene().edited.edits;
    this.checkpoints = new SessionCheckpoints(plan, world, { ...listener, writableLink, edits });
    this.#ledger = new MergerLedger({
      ...world,
      link: () => (this.isOpen ? this.#link : undefined),
      epoch: () => this.#epoch,
      about: () => life.about,
      whole: (tiles) => this.#toldWhole(tiles),
      changed: (tiles) => {
        life.restartsInARowCount = 0;
        listener.merged(tiles);
      },
      silent: (error) => keeper.silent(error),
    });
    this.#takingOut = new TakingOut({
      ...world,
      wrongNodeIds: () => world.wrongNodes?.nodeIds ?? [],
      isOpen: () => this.isOpen && life.stage === "wanted",
      nodeId: () => life.berth?.nodeId ?? "",
      leave: () => keeper.leaveNode(),
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

  get isOpen(): boolean {
    return this.#life.phase.t === "open" || this.isRead;
  }

  /** What is in it is known. */
  get isRead(): boolean {
    return this.#life.phase.t === "read";
  }

  /** Throws `session-state` before the first opening, `unavailable` while one that was taken over is looked for. */
  get link(): MergerLink {
    if (this.#link !== undefined) return this.#link;
    const { phase, stage } = this.#life;
    if (phase.t === "sought" || phase.t === "found") {
      const message = "The session was taken over just now, and its film is being looked for";
      throw new ArrasError("unavailable", { message, action: "Try again in a moment." });
    }
    const isGone = stage !== "wanted";
    const action = isGone ? "Render it again." : "Wait until it renders.";
    const message = isGone ? "The session's film is gone with its merger" : "The session has no film yet";
    throw new ArrasError("session-state", { message, action });
  }

  /** Where it is being opened. */
  get opening(): MergerAccess | undefined {
    const { phase } = this.#life;
    return phase.t === "opening" ? phase.access : undefined;
  }

  /** For the order of a process that will have it. One that begins empty need not wait for its opening. */
  get ordered(): Pick<LaunchOrder, "film" | "filmEpoch"> {
    if (this.checkpoints.record.checkpoint !== "") return { filmEpoch: 0 };
    return { film: filmSpecToMessage(this.#plan.film), filmEpoch: this.#epoch };
  }

  get #epoch(): number {
    return this.#listener.scene().number;
  }

  /** Opens it where the present attempt serves. */
  async open(addressOf: AddressOf): Promise<void> {
    const { sessionId, token } = this.#plan;
    const life = this.#life;
    const { attempt } = life;
    try {
      const address = await addressOf();
      if (address === undefined || !life.isAt(attempt)) return;
      const link = new MergerLink({ address, sessionId, token, authorityPem: this.#world.authorityPem });
      // Of one that was found, others may change the ledger meanwhile.
      if (life.phase.t !== "found") {
        life.change({ t: "opening", access: link.access });
        this.#listener.opening();
        if (!this.#takingOut.isNeeded) this.#ledger.watchOpening(link);
      }
      const cleanOf = await this.#openOn(link).catch((thrown: unknown) => {
        link.close();
        throw thrown;
      });
      if (life.isAt(attempt)) this.#opened(link, cleanOf);
      else link.close();
    } catch (thrown) {
      if (!life.isAt(attempt)) return;
      const error = ArrasError.from(thrown);
      // One that was found has a film, which is worth waiting for.
      if (life.phase.t === "found" && this.#ledger.isWorthWaiting(error))
        this.#timer = this.#world.clock.after(watchAgainAfterMs, () => void this.open(addressOf));
      else this.#keeper.failed(error);
    }
  }

  #opened(link: MergerLink, cleanOf: readonly string[]): void {
    this.#link?.close();
    this.#link = link;
    this.#life.change({ t: "open" });
    this.#ledger.heard();
    this.#takingOut.opened(cleanOf);
    if (cleanOf.length === 0) this.#ledger.opened();
    else this.watch();
  }

  /** Of the present epoch, also where another one begins meanwhile. The wrong nodes of which it has nothing. */
  async #openOn(link: MergerLink): Promise<readonly string[]> {
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

  /** The scene is another now: what it holds, and what is kept of it, is void. */
  leaveEpoch(): void {
    if (this.isRead) this.#life.change({ t: "open" });
    this.#ledger.leaveEpoch();
    this.checkpoints.startEpoch();
  }

  /** After `leaveEpoch`: it begins anew, empty, which `opened` tells. One that is not open is opened with it. */
  openEpoch(): void {
    const life = this.#life;
    const link = this.#link;
    if (!this.isOpen || link === undefined) return;
    const [attempt, opened] = [life.attempt, this.#epoch];
    const isCurrent = () => life.isAt(attempt) && opened === this.#epoch;
    this.#openEpochOn(link, opened).then(
      (cleanOf) => {
        if (!isCurrent() || this.isRead) return;
        life.change({ t: "read" });
        this.#takingOut.opened(cleanOf);
        this.#listener.opened();
      },
      (thrown: unknown) => {
        if (isCurrent()) this.#keeper.failed(ArrasError.from(thrown));
      },
    );
  }

  /** Starts the ledger's stream over. */
  watch(): void {
    this.#ledger.watch();
  }

  #toldWhole(ledger: readonly TileReport[]): void {
    this.#listener.ledger(ledger);
    if (this.#life.phase.t !== "open") return;
    this.#life.change({ t: "read" });
    this.#listener.opened();
  }

  /**
   * Empties every tile that has samples of them, in it and in what is kept of it; the ledger, which is read again then,
   * says what is missing. Rejects as FilmService.TakeOut, and then has changed nothing but what is kept.
   */
  takeOut(suspects: Suspects): Promise<TakeOutReply> {
    return this.checkpoints.discardingAll(async () => {
      const taken = await this.link.takeOut(suspects);
      this.watch();
      return taken;
    });
  }

  /** A node's samples are wrong: none of them may be in it, and what adds samples there is not to be believed. */
  quarantined(): void {
    this.#takingOut.look();
  }

  /** Its process is given up. */
  lost(): void {
    if (this.#life.phase.t !== "away") this.#life.change({ t: "away" });
    this.#ledger.heard();
    this.#ledger.end();
    this.#timer?.cancel();
  }

  /** It is not asked for here any more. */
  end(): void {
    this.checkpoints.abandon();
    this.lost();
    this.#link?.close();
  }
}
