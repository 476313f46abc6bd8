// Follows what a NATS server tells, and begins again with each connection and after each refusal: the client's own
// consumers notice that the server has lost them only by missing heartbeats, after 10 s and, from the second time on, 60 s.
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";
import type { NatsLink } from "./nats-link.ts";

/** One time of following, until it is over. */
export interface Turn {
  /** False: another has begun, or nobody wants to hear any more. */
  isCurrent(): boolean;
  /** `stop` ends it when it is over. Returns false, and has ended it, when it is over already. */
  began(stop: () => void): boolean;
}

/** Resolves or rejects when the server ends it or goes away. */
export type Follow = (turn: Turn) => Promise<void>;

export class Following implements Subscription {
  readonly #link: Pick<NatsLink, "isConnected" | "onChange">;
  readonly #follow: Follow;
  readonly #forget: () => void;
  #generation = 0;
  #again: NodeJS.Timeout | undefined;
  #stop: () => void = () => {};

  constructor(link: Pick<NatsLink, "isConnected" | "onChange">, follow: Follow) {
    this.#link = link;
    this.#follow = follow;
    this.#forget = link.onChange((connected) => connected && this.#begin());
    this.#begin();
  }

  unsubscribe(): void {
    this.#end();
    this.#forget();
  }

  #end(): void {
    this.#generation++;
    clearTimeout(this.#again);
    this.#stop();
    this.#stop = () => {};
  }

  #begin(): void {
    this.#end();
    if (!this.#link.isConnected) return;
    const turn = this.#turn();
    const goOn = () => {
      if (!turn.isCurrent()) return;
      // Refused, or ended by the server: the store is unwell, and is asked again soon.
      this.#again = setTimeout(() => turn.isCurrent() && this.#begin(), limits.natsReconnectDelayMsMax / 4);
      this.#again.unref();
    };
    this.#follow(turn).then(goOn, goOn);
  }

  #turn(): Turn {
    const generation = this.#generation;
    const isCurrent = () => generation === this.#generation;
    const began = (stop: () => void) => {
      if (isCurrent()) this.#stop = stop;
      else stop();
      return isCurrent();
    };
    return { isCurrent, began };
  }
}
