// The newest picture of a session again and again, for all who look at the same: made when somebody waits for it,
// something has changed, and its time has come. Who is slow asks later and gets a newer one.
import type { Clock, Timer } from "../../host/clock.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import { isFinalState } from "../../proto/session-states.ts";

export interface MotionPicture {
  /** From 1. */
  readonly pictureIndex: number;
  readonly content: Uint8Array;
}

export interface MotionSource {
  /** Tells the state now and then; `left`: not here any more. Returns how to stop. */
  watch(told: (event: SessionEvent) => void, left: () => void): () => void;
  /** The picture of now. Rejects with ArrasError. */
  picture(): Promise<Uint8Array>;
  readonly clock: Clock;
  readonly intervalMs: number;
}

interface Waiting {
  resolve(picture: MotionPicture | undefined): void;
  reject(error: ArrasError): void;
}

export class MotionFeed {
  readonly #source: MotionSource;
  readonly #unwatch: () => void;
  readonly #waiting = new Set<Waiting>();
  #newest: MotionPicture | undefined;
  #seen = "";
  #hasChanged = true;
  #isMaking = false;
  /** The session's end is told: what is made from then on is the last. */
  #isLast = false;
  #hasEnded = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #due: Timer | undefined;

  constructor(source: MotionSource) {
    this.#source = source;
    this.#unwatch = source.watch(
      (event) => this.#told(event),
      () => this.close(),
    );
  }

  /** A newer one than that, as soon as there is one; undefined: there is none any more. */
  async next(afterIndex: number): Promise<MotionPicture | undefined> {
    if (this.#newest !== undefined && this.#newest.pictureIndex > afterIndex) return this.#newest;
    if (this.#hasEnded) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.add({ resolve, reject });
      this.#pump();
    });
  }

  /** Whoever waits gets no more. */
  close(): void {
    this.#hasEnded = true;
    this.#due?.cancel();
    this.#unwatch();
    for (const { resolve } of this.#taken()) resolve(undefined);
  }

  #told({ state, progress }: SessionEvent): void {
    // While the coarse picture grows nothing that is counted changes.
    const seen = progress?.coarseComplete === true ? `${state} ${progress.sppMean}` : "";
    if (seen === "" || seen !== this.#seen) this.#hasChanged = true;
    this.#seen = seen;
    if (isFinalState(state)) this.#isLast = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#hasEnded || this.#isMaking || this.#waiting.size === 0) return;
    if (!this.#hasChanged) {
      if (this.#isLast) this.close();
      return;
    }
    const waitMs = this.#notBeforeMs - this.#source.clock.nowMs();
    if (waitMs > 0) {
      this.#due ??= this.#source.clock.after(waitMs, () => {
        this.#due = undefined;
        this.#pump();
      });
      return;
    }
    void this.#make();
  }

  async #make(): Promise<void> {
    const { clock, intervalMs } = this.#source;
    this.#isMaking = true;
    this.#hasChanged = false;
    this.#notBeforeMs = clock.nowMs() + intervalMs;
    try {
      const content = await this.#source.picture();
      this.#newest = { pictureIndex: (this.#newest?.pictureIndex ?? 0) + 1, content };
      for (const { resolve } of this.#taken()) resolve(this.#newest);
    } catch (thrown) {
      this.#refused(ArrasError.from(thrown));
    }
    this.#isMaking = false;
    this.#pump();
  }

  /** There is no film yet, or its merger is started again: the next event asks anew. */
  #refused(error: ArrasError): void {
    // Its film went with the session, after others of its pictures were seen.
    if (this.#isLast && this.#newest !== undefined) {
      this.close();
      return;
    }
    const isPassing = error.code === "session-state" || error.retry !== "never";
    if (!isPassing || this.#isLast) for (const { reject } of this.#taken()) reject(error);
    else this.#hasChanged = true;
  }

  #taken(): Waiting[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }
}
