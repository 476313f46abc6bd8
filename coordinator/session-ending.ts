// How one session ends: by itself or because it is stopped, with a receipt of its film and the merger kept for pictures, or
// by being closed, when all its processes go. What is kept of it after that is stored meanwhile (images/).
import { ArrasError } from "../proto/errors.ts";
import type { FilmReceipt } from "../proto/gen/arras/v1/film_pb.ts";
import { SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import type { SessionImages } from "./images/session-images.ts";
import type { MergerHost } from "./merger-host.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import type { SessionState } from "./session-state.ts";
import type { SessionTally } from "./session-tally.ts";
import type { SessionNow, SessionTelling } from "./session-telling.ts";
import type { SessionWork } from "./session-work.ts";

export interface EndingParts {
  readonly life: SessionLife;
  readonly tally: SessionTally;
  readonly telling: SessionTelling;
  readonly merger: MergerHost;
  readonly work: SessionWork;
  readonly images: SessionImages;
  now(): SessionNow;
  /** Another coordinator began it. */
  isAdopted(): boolean;
  /** Nothing that was to happen later is wanted any more. */
  cancelDeadlines(): void;
}

export class SessionEnding {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #parts: EndingParts;
  #receipt: FilmReceipt | undefined;

  constructor(plan: SessionPlan, world: SessionSurroundings, parts: EndingParts) {
    this.#plan = plan;
    this.#world = world;
    this.#parts = parts;
  }

  /** Resolves when the wish cannot be lost any more, with false when the session is not ours any more. */
  async stop(): Promise<boolean> {
    const { life, merger } = this.#parts;
    if (!life.mayAct()) return false;
    if (life.isFinal || life.isEnding) return true;
    life.wish = SessionWish.STOP;
    const isSaved = this.#world.save();
    // What another coordinator left in the film is to be known first, and `stopNow` follows then.
    if (!this.#parts.isAdopted() || merger.film.isRead || life.state.t === "queued") this.stopNow();
    return (await isSaved) ?? true;
  }

  stopNow(): void {
    const { life, work } = this.#parts;
    if (life.isFinal || life.isEnding) return;
    const { t } = life.state;
    if (t === "rendering" || t === "paused") work.step({ t: "stop" });
    else void this.end({ t: "stopped" });
  }

  /** Grants nothing more, asks for the receipt, tells the final state. The merger stays, for its pictures. */
  async end(final: SessionState): Promise<void> {
    const { life, tally, telling, merger, work, images } = this.#parts;
    if (life.isEnding || !life.mayAct()) return;
    life.isEnding = true;
    tally.endedAtMs = this.#world.clock.nowMs();
    this.#parts.cancelDeadlines();
    work.step({ t: "stop" });
    merger.keep();
    // Its hash takes a while, and is kept until the film changes: a complete one does not any more.
    if (final.t === "finished" && merger.film.isOpen) void merger.film.link.receipt().catch(() => {});
    // First the crew, so that nothing is added any more to what the receipt and then the pictures are made of.
    await work.crew.end();
    if (!life.isAbandoned) this.#world.renderingEnded(merger.present?.berth.name);
    const state = await this.#readReceipt(final);
    await merger.film.checkpoints.ended(state.t === "finished", work.progress().pixelSamples);
    if (life.isAbandoned) return;
    life.set(state);
    this.#tellingEnds();
    // Told when it cannot be lost any more. Who owns the session instead finds the whole film, and ends it again.
    const saved = this.#world.save();
    if (saved !== undefined) await saved;
    telling.tellEnd();
    images.begin();
  }

  /** See Session.close. */
  async close(): Promise<boolean> {
    const { life, tally, telling, merger, work, images } = this.#parts;
    if (!life.mayAct()) return false;
    life.wish = SessionWish.CLOSE;
    if ((await this.#world.save()) === false) return false;
    const hadEnd = life.isEnding;
    life.isEnding = true;
    this.#parts.cancelDeadlines();
    await Promise.allSettled([work.crew.end(), images.close().then(() => merger.end())]);
    if (hadEnd || life.isAbandoned) return !life.isAbandoned;
    tally.endedAtMs = this.#world.clock.nowMs();
    life.set({ t: "stopped" });
    this.#tellingEnds();
    telling.tellEnd();
    return true;
  }

  /** Without its film a session has failed, however it ended. */
  async #readReceipt(final: SessionState): Promise<SessionState> {
    const { merger, telling } = this.#parts;
    try {
      if (merger.film.isOpen) this.#receipt = await merger.film.link.receipt();
      return final;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      telling.notice(1, `The film's receipt could not be read: ${error.toString()}`);
      return final.t === "failed" ? final : { t: "failed", error };
    }
  }

  #tellingEnds(): void {
    const { tally, telling, work } = this.#parts;
    const { sceneName } = this.#plan;
    const crew = work.crew.present();
    telling.end({ ...this.#parts.now(), tally, crew, receipt: this.#receipt, sceneName });
  }
}
