// So many at a time, so many more in line, in order; who comes on top is turned away. Pure.
import { ArrasError } from "../proto/errors.ts";

export interface TurnLimits {
  readonly atOnceMax: number;
  readonly waitingMax: number;
  /** For who is turned away: "uploads". */
  readonly noun: string;
}

export class Turns {
  readonly #limits: TurnLimits;
  readonly #waiting: (() => void)[] = [];
  #takenCount = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Resolves with what gives the turn back, once or more often. Rejects with `unavailable`, or `cancelled` in line. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw cancelled();
    if (this.#takenCount < this.#limits.atOnceMax) this.#takenCount += 1;
    else await this.#wait(signal);
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#takenCount -= 1;
      else next();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { atOnceMax, waitingMax, noun } = this.#limits;
    if (this.#waiting.length >= waitingMax) {
      throw new ArrasError("unavailable", {
        message: `${atOnceMax} ${noun} are under way here and ${waitingMax} wait`,
        action: "Try again in a moment.",
      });
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(cancelled());
      };
      const turn = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}

function cancelled(): ArrasError {
  return new ArrasError("cancelled", { message: "It was called off while it waited", action: "Start it again." });
}
