// A merger whose node is to leave: it goes with a checkpoint of its film, so that nothing is lost, when that is best.
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import { leavingNode } from "./session-errors.ts";

/** Time until the frame is finished; null: not known; idle: nobody renders it, for want of places. */
export type RestMs = number | null | "idle";

/** Where the merger is, and its present start there. */
export interface MergerPlace {
  readonly berth: Berth;
  readonly attempt: number;
}

export interface MergerLeavingWorld {
  readonly log: Log;
  /** Another place. Rejects as Berths.berthFor. */
  reserve(berth: Berth): Promise<unknown>;
  /** Of what is in the film. Rejects as SessionService.CheckpointSession says. */
  writeCheckpoint(): Promise<unknown>;
  /** Ends that attempt, and has another started where there is a place, or as soon as there is. */
  leave(leaving: { readonly attempt: number; readonly error: ArrasError }): void;
}

export class MergerLeaving {
  readonly #world: MergerLeavingWorld;
  #isBusy = false;

  constructor(world: MergerLeavingWorld) {
    this.#world = world;
  }

  /**
   * Its node leaves in `leftMs`. It stays if the frame is finished before. Without another place it stays while others
   * render, until shortly before the end; without a checkpoint it stays. To be called again while it is there.
   */
  drain(place: MergerPlace, leftMs: number, restMs: RestMs): void {
    if (this.#isBusy || (typeof restMs === "number" && restMs + limits.drainLastMs < leftMs)) return;
    this.#isBusy = true;
    void this.#go(place, restMs === "idle" || leftMs <= limits.drainLastMs).finally(() => {
      this.#isBusy = false;
    });
  }

  async #go({ berth, attempt }: MergerPlace, mustGo: boolean): Promise<void> {
    const { log } = this.#world;
    const { name: computation, nodeId: node } = berth;
    try {
      await this.#reserve(berth, mustGo);
      await this.#world.writeCheckpoint();
    } catch (thrown) {
      const { code, message } = ArrasError.from(thrown);
      log.info({ computation, node, code }, `the merger stays on its node, which is to leave: ${message}`);
      return;
    }
    this.#world.leave({ attempt, error: leavingNode(computation, node) });
  }

  async #reserve(berth: Berth, mustGo: boolean): Promise<void> {
    try {
      await this.#world.reserve(berth);
    } catch (thrown) {
      if (!mustGo) throw thrown;
      const { name: computation, nodeId: node } = berth;
      const { code, message } = ArrasError.from(thrown);
      this.#world.log.info({ computation, node, code }, `the merger leaves its node and waits for a place: ${message}`);
    }
  }
}
