// Sees to it that a session's film has no samples of wrong nodes, and is on none: asks its merger until that is so.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import type { StopRule } from "../proto/stop-rule.ts";
import type { MergerLink, Suspects } from "./merger-link.ts";

export interface TakingOutWorld {
  readonly clock: Clock;
  readonly log: Log;
  /** The session's. */
  readonly stopRule: StopRule | null;
  /** All wrong nodes of the farm. */
  wrongNodeIds(): readonly string[];
  /** A film is open, and is to be asked. */
  isOpen(): boolean;
  /** Where it is. */
  nodeId(): string;
  /** It is to begin anew elsewhere. Rejects with `unavailable` where it cannot yet. */
  leave(): Promise<void>;
  /** Rejects as MergerHost.takeOut. */
  takeOut(suspects: Suspects): Promise<unknown>;
  /** The film has nothing of them any more. */
  taken(nodeIds: readonly string[]): void;
  /** It could not give them up, and the frame waits for it: told once, until it has. */
  delayed(error: ArrasError): void;
}

export class TakingOut {
  readonly #world: TakingOutWorld;
  /** Of the film that is open. */
  #taken: ReadonlySet<string> = new Set();
  #isBusy = false;
  #isDelayed = false;

  constructor(world: TakingOutWorld) {
    this.#world = world;
  }

  /** There are wrong nodes. */
  get isNeeded(): boolean {
    return this.#world.wrongNodeIds().length > 0;
  }

  /** A film is being opened: a checkpoint may have samples of wrong nodes, and what runs on them may still be about. */
  async clean(link: Pick<MergerLink, "takeOut">): Promise<readonly string[]> {
    const nodeIds = this.#world.wrongNodeIds();
    if (nodeIds.length > 0) await link.takeOut(this.#suspects(nodeIds));
    return nodeIds;
  }

  /** It is open, and `clean` of these. */
  opened(nodeIds: readonly string[]): void {
    this.#taken = new Set(nodeIds);
    if (nodeIds.length > 0) this.#world.taken(nodeIds);
    this.look();
  }

  /** There is another wrong node, perhaps. */
  look(): void {
    void this.#look();
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#world;
    const nodeIds = this.#world.wrongNodeIds().filter((nodeId) => !this.#taken.has(nodeId));
    // One that opens is asked before it is open.
    if (this.#isBusy || !this.#world.isOpen()) return;
    const isOnWrong = this.#world.wrongNodeIds().includes(this.#world.nodeId());
    if (nodeIds.length === 0 && !isOnWrong) return;
    this.#isBusy = true;
    try {
      if (isOnWrong) await this.#world.leave();
      else await this.#takeOut(nodeIds);
      this.#isBusy = false;
      this.#isDelayed = false;
      this.look();
    } catch (thrown) {
      this.#isBusy = false;
      const error = ArrasError.from(thrown);
      log.warn({ nodes: nodeIds, code: error.code }, `samples of wrong nodes are in the film still: ${error.message}`);
      if (!this.#isDelayed) this.#world.delayed(error);
      this.#isDelayed = true;
      clock.after(limits.takeOutAgainMs, () => this.look());
    }
  }

  #suspects(nodeIds: readonly string[]): Suspects {
    return { computations: [], nodeIds, stopRule: this.#world.stopRule };
  }

  async #takeOut(nodeIds: readonly string[]): Promise<void> {
    await this.#world.takeOut(this.#suspects(nodeIds));
    this.#taken = new Set([...this.#taken, ...nodeIds]);
    this.#world.taken(nodeIds);
  }
}
