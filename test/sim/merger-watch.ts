// The simulated coordinator's stream to the merger: opens the film, takes its ledger and every change, begins again when
// it breaks, and asks for the receipt.
import type { TileReport } from "../../coordinator/planner/events.ts";
import { stopRule } from "../../proto/stop-rule.ts";
import type { MergerDown } from "./messages.ts";
import type { Connection } from "./packet-network.ts";
import type { SimMerger } from "./sim-merger.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

const watchAgainMs = 100;
const receiptAgainMs = 2_000;

export interface MergerWatchListener {
  /** Another merger, and it is known what it has, or that it has nothing: everybody is to be told of it. */
  opened(): void;
  ledger(tiles: readonly TileReport[]): void;
  merged(tiles: readonly TileReport[]): void;
  receipt(sha256: string): void;
  /** The ledger that follows is of a film without them. */
  takenOut(nodeIds: readonly string[]): void;
  wrongNodeIds(): readonly string[];
}

export class MergerWatch {
  readonly #world: World;
  readonly #owner: SimProcess;
  readonly #listener: MergerWatchListener;
  #merger: SimMerger | undefined;
  #stream: Connection | undefined;
  /** The ledger that a stream begins with, until it is whole. */
  #begun: TileReport[] | undefined;
  #takenOut: readonly string[] = [];
  #hasLedger = false;
  #isAnnounced = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(world: World, owner: SimProcess, listener: MergerWatchListener) {
    this.#world = world;
    this.#owner = owner;
    this.#listener = listener;
  }

  get merger(): SimMerger | undefined {
    return this.#merger;
  }

  /** The planner has had one. */
  get hasLedger(): boolean {
    return this.#hasLedger;
  }

  get isOpen(): boolean {
    return this.#isAnnounced;
  }

  /** For a planner that knows nothing. */
  beginAgain(): void {
    this.#hasLedger = false;
    this.restart();
  }

  found(merger: SimMerger): void {
    this.#merger = merger;
    this.#isAnnounced = false;
    this.restart();
  }

  lost(): void {
    this.#merger = undefined;
    this.#stream?.close(this.#owner);
    this.#stream = undefined;
  }

  restart(): void {
    const merger = this.#merger;
    if (merger === undefined) return;
    this.#stream?.close(this.#owner);
    this.#begun = [];
    const stream = this.#world.network.connect(this.#owner, merger, {
      message: (message) => this.#stream === stream && this.#take(message as MergerDown),
      closed: () => {
        if (this.#stream !== stream) return;
        this.#owner.after(watchAgainMs, () => {
          if (this.#stream === stream) this.restart();
        });
      },
    });
    this.#stream = stream;
    if (merger.isAlive) merger.acceptCoordinator(stream);
    const wrongNodeIds = this.#listener.wrongNodeIds();
    this.#takenOut = wrongNodeIds;
    const areForgotten = this.#world.canary === "wrong samples are not taken out";
    const { targetError } = this.#world.scenario;
    const rule = targetError === undefined ? null : stopRule(targetError, 2);
    const taken = areForgotten ? [] : wrongNodeIds;
    stream.send(this.#owner, { t: "watch", spec: this.#world.film.spec, wrongNodeIds: taken, rule });
  }

  askReceipt(): void {
    const nowMs = this.#world.clock.nowMs();
    if (nowMs - this.#askedAtMs < receiptAgainMs) return;
    this.#askedAtMs = nowMs;
    this.#stream?.send(this.#owner, { t: "receipt" });
  }

  #take(message: MergerDown): void {
    if (this.#hasLedger) this.#announce();
    if (message.t === "receipt") this.#listener.receipt(message.sha256);
    else if (this.#begun === undefined) this.#listener.merged(message.tiles);
    else {
      this.#begun.push(...message.tiles);
      if (!message.ledgerComplete) return;
      const whole = this.#begun;
      this.#begun = undefined;
      const isFirst = !this.#hasLedger;
      this.#hasLedger = true;
      const takenOut = this.#takenOut;
      if (takenOut.length > 0) this.#listener.takenOut(takenOut);
      if (!isFirst && this.#world.canary === "a new ledger is taken for a report") this.#listener.merged(whole);
      else this.#listener.ledger(whole);
      if (isFirst) {
        this.#isAnnounced = false;
        this.#announce();
      }
    }
  }

  /** With the merger's first word its film is open; its ledger may come later. */
  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#listener.opened();
  }
}
