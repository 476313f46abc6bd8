// When which program is started beforehand, so that a later launch finds it loaded. Pure: time is an argument.
import { limits } from "../../proto/limits.ts";
import { type ComputationProgram, programs } from "../computation-program.ts";

export type PrestartStep =
  | { readonly t: "start"; readonly program: ComputationProgram }
  /** Nothing before that time. */
  | { readonly t: "wait"; readonly untilMs: number }
  /** As many wait as are wanted. */
  | { readonly t: "enough" };

export class PrestartPlan {
  readonly #countOfEach: number;
  readonly #waitingCounts: Record<ComputationProgram, number> = { merge: 0, mcrt: 0 };
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Ended before anybody wanted them, without one between that was wanted. */
  #failuresInARowCount = 0;

  /** 0: nothing is ever started. */
  constructor(countOfEach: number) {
    this.#countOfEach = countOfEach;
  }

  waitingCount(program: ComputationProgram): number {
    return this.#waitingCounts[program];
  }

  /** One at a time, those of which there are fewest first: who asks twice at once is told the same. */
  next(nowMs: number): PrestartStep {
    const lacking = programs.filter((program) => this.#waitingCounts[program] < this.#countOfEach);
    const [program] = lacking.sort((a, b) => this.#waitingCounts[a] - this.#waitingCounts[b]);
    if (program === undefined) return { t: "enough" };
    return nowMs < this.#notBeforeMs ? { t: "wait", untilMs: this.#notBeforeMs } : { t: "start", program };
  }

  started(program: ComputationProgram, nowMs: number): void {
    this.#waitingCounts[program] += 1;
    this.#pauseUntil(nowMs + limits.prestartIntervalMs);
  }

  /** A computation is launched, with a waiting process or not: what it does first is not to be slowed down. */
  launched(nowMs: number): void {
    // Not put off again and again: who submits all the time wants them most.
    if (this.#notBeforeMs <= nowMs) this.#pauseUntil(nowMs + limits.prestartDelayMs);
  }

  /** It has its order. */
  taken(program: ComputationProgram): void {
    this.#waitingCounts[program] -= 1;
    this.#failuresInARowCount = 0;
  }

  /** It was ended here. */
  discarded(program: ComputationProgram, nowMs: number): void {
    this.#waitingCounts[program] -= 1;
    this.launched(nowMs);
  }

  /** It ended by itself, was killed, or never ran. */
  failed(program: ComputationProgram, nowMs: number): void {
    this.#waitingCounts[program] -= 1;
    const delayMs = limits.prestartDelayMs * 2 ** Math.min(this.#failuresInARowCount, 30);
    this.#failuresInARowCount += 1;
    this.#pauseUntil(nowMs + Math.min(delayMs, limits.prestartAgainMsMax));
  }

  #pauseUntil(atMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, atMs);
  }
}
