// The ledger of a session's film as its merger tells it: the whole of it first, then each change. A stream that breaks
// is begun again, until the merger has been silent for too long.
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { ArrasError } from "../proto/errors.ts";
import type { TileStatuses } from "../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../proto/limits.ts";
import type { MergerLink } from "./merger-link.ts";
import type { TileReport } from "./planner/events.ts";
import { tileReport } from "./tile-reports.ts";

export const watchAgainAfterMs = 100;

export interface LedgerSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** undefined: its process is known to be gone, or no film is open. */
  link(): Pick<MergerLink, "watch"> | undefined;
  /** Of the scene that its film is to show: what is of another is not told. */
  epoch(): number;
  about(): { readonly computation: string; readonly nodeId: string };
  /** What is in the film, all of it; then each change. */
  whole(tiles: readonly TileReport[]): void;
  changed(tiles: readonly TileReport[]): void;
  /** It runs and does not answer: only another can go on. */
  silent(error: ArrasError): void;
}

export class MergerLedger {
  readonly #world: LedgerSurroundings;
  /** What a new stream begins with, until it is whole. */
  #beginning: TileReport[] | undefined;
  /** The newest. */
  #stream: object | undefined;
  /** Since when the merger does not answer. */
  #silentSinceMs: number | undefined;
  /** Of a film that is being opened: its ledger is asked for at the same time, and told when it is open. */
  #opening: { whole: readonly TileReport[] | undefined } | undefined;
  #timer: Timer | undefined;

  constructor(world: LedgerSurroundings) {
    this.#world = world;
  }

  /** Starts the stream over. */
  watch(): void {
    const link = this.#world.link();
    if (link === undefined) return;
    this.#opening = undefined;
    this.#begin(link);
  }

  /** Its film is being opened: after this, `opened` or, where its samples may have changed since, `watch`. */
  watchOpening(link: Pick<MergerLink, "watch">): void {
    this.#opening = { whole: undefined };
    this.#begin(link);
  }

  /** What came meanwhile is told now. */
  opened(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening === undefined) this.watch();
    else if (opening.whole !== undefined) this.#world.whole(opening.whole);
  }

  #begin(link: Pick<MergerLink, "watch">): void {
    this.#beginning = [];
    // A merger that was replaced may have a word left.
    const stream = {};
    this.#stream = stream;
    link.watch({
      statuses: (statuses) => this.#stream === stream && this.#take(statuses),
      broken: (error) => this.#stream === stream && this.#broken(error),
    });
  }

  /** What has come is of another scene. */
  leaveEpoch(): void {
    this.#beginning = undefined;
    this.#opening = undefined;
  }

  /** The merger has answered, or another one is about to be asked. */
  heard(): void {
    this.#silentSinceMs = undefined;
  }

  /** No answer now. Says whether it is worth waiting for. */
  isWorthWaiting({ code }: ArrasError): boolean {
    return (code === "unavailable" || code === "timed-out") && this.#isSilentBriefly();
  }

  /** The merger is given up: whatever it still says is of no film. */
  end(): void {
    this.#stream = undefined;
    this.#opening = undefined;
    this.#timer?.cancel();
  }

  #take(statuses: TileStatuses): void {
    this.#silentSinceMs = undefined;
    if (statuses.epoch !== this.#world.epoch()) return;
    const tiles = statuses.tiles.map(tileReport);
    if (this.#beginning === undefined) {
      // Not worth keeping: it is begun again when the film is open.
      if (this.#opening === undefined) this.#world.changed(tiles);
      this.#opening = undefined;
      return;
    }
    this.#beginning.push(...tiles);
    if (!statuses.ledgerComplete) return;
    const whole = this.#beginning;
    this.#beginning = undefined;
    if (this.#opening === undefined) this.#world.whole(whole);
    else this.#opening.whole = whole;
  }

  #broken(error: ArrasError): void {
    if (this.#opening === undefined) this.#watchAgain(error);
    this.#opening = undefined;
  }

  #watchAgain(error: ArrasError): void {
    const { clock, log, link, about, silent } = this.#world;
    if (link() === undefined) return;
    const { computation, nodeId: node } = about();
    log.warn({ computation, node, code: error.code }, `the ledger's stream broke: ${error.message}`);
    if (this.#isSilentBriefly()) this.#timer = clock.after(watchAgainAfterMs, () => this.watch());
    else silent(error);
  }

  #isSilentBriefly(): boolean {
    const nowMs = this.#world.clock.nowMs();
    this.#silentSinceMs ??= nowMs;
    return nowMs - this.#silentSinceMs < limits.launchTimeoutMs;
  }
}
