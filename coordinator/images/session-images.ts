// The finished images of one session: when it has ended, its merger stores them, and the shelf is told of them. Nothing
// waits for it but the merger's end, and that not for long. What cannot be kept is told once.
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import type { KeptImage } from "../../proto/gen/arras/v1/images_pb.ts";
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { MergerLink } from "../merger-link.ts";
import type { SessionPlan, SessionSurroundings } from "../session-plan.ts";
import { settledWithin } from "../settled-within.ts";
import { sizeBytesOf } from "./image-bounds.ts";
import type { ImageShelf } from "./image-shelf.ts";
import { type ImageWish, imageWishes, keptImages } from "./image-wishes.ts";

/** What it needs of its session. */
export interface EndedSession {
  /** The merger, while its film can be read. */
  link(): Pick<MergerLink, "storeImage"> | undefined;
  /** The session's last event, when there is one. */
  final(): SessionEvent | undefined;
}

/** NATS, or the way there, is away: it comes back. */
const passing: ReadonlySet<ErrorCode> = new Set(["unavailable", "timed-out", "cancelled"]);

export class SessionImages {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #session: EndedSession;
  /** undefined: it has not begun. */
  #storing: Promise<void> | undefined;
  /** Why the film cannot be read any more. */
  #goneError: ArrasError | undefined;
  /** Nothing is tried again. */
  #isClosing = false;
  #isAbandoned = false;
  /** Ends the pause between two attempts. */
  #goOn = () => {};

  constructor(plan: SessionPlan, world: SessionSurroundings, session: EndedSession) {
    this.#plan = plan;
    this.#world = world;
    this.#session = session;
  }

  /** The session's end is told, and its merger is there. Again: nothing. */
  begin(): void {
    this.#storing ??= this.#store();
  }

  /** The merger is gone for good, and its film with it. */
  filmGone(error: ArrasError): void {
    this.#goneError ??= error;
    if (this.#session.final() !== undefined) this.begin();
    this.#goOn();
  }

  /** Its merger is about to go. Resolves when the images are stored, or that takes long. */
  async close(): Promise<void> {
    if (this.#session.final() === undefined) return;
    this.#storing ??= this.#store();
    if (await settledWithin(this.#world.clock, this.#storing, limits.imagesClosingMsMax)) return;
    this.#isClosing = true;
    this.#goneError ??= closed();
    this.#goOn();
  }

  /** The session is another coordinator's, and so is this. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#goOn();
  }

  /** Never rejects. */
  async #store(): Promise<void> {
    const { images: shelf, journal, clock } = this.#world;
    const final = this.#session.final();
    const wishes = imageWishes(this.#plan.base, final);
    if (shelf === undefined || final === undefined || wishes.length === 0) return;
    const beganAtMs = clock.nowMs();
    const { sessionId } = this.#plan;
    try {
      if (await this.#isKept(shelf, final, wishes)) return;
      const { kept, error } = await this.#storeAll(wishes);
      if (this.#isAbandoned) return;
      if (kept.length > 0) {
        const moment = { scene: this.#plan.sceneName, savedAtMs: clock.nowMs() + this.#world.epochOffsetMs };
        const entry = keptImages(this.#plan.base, final, kept, moment);
        await this.#again(() => shelf.keep(entry), false);
        const durationMs = clock.nowMs() - beganAtMs;
        journal?.record({ t: "images-kept", sessionId, sizeBytes: sizeBytesOf(entry), durationMs });
      }
      if (error !== undefined) throw error;
    } catch (thrown) {
      if (this.#isAbandoned || !(this.#isClosing || this.#world.mayAct())) return;
      journal?.record({ t: "images-missing", sessionId, error: ArrasError.from(thrown) });
    }
  }

  /** By the coordinator that had the session before. */
  async #isKept(shelf: ImageShelf, final: SessionEvent, wishes: readonly ImageWish[]): Promise<boolean> {
    const present = await this.#again(() => shelf.find(this.#plan.sessionId), false);
    const names = new Set(present?.images.map(({ name }) => name));
    return present?.filmSha256 === final.receipt?.filmSha256 && wishes.every(({ name }) => names.has(name));
  }

  /** One that cannot be stored leaves the others their chance; the first error is told. */
  async #storeAll(
    wishes: readonly ImageWish[],
  ): Promise<{ readonly kept: readonly KeptImage[]; readonly error: ArrasError | undefined }> {
    const kept: KeptImage[] = [];
    let error: ArrasError | undefined;
    for (const { name, contentType, request } of wishes) {
      try {
        const { digest, sizeBytes } = await this.#again(() => this.#link.storeImage(request), true);
        kept.push({ $typeName: "arras.v1.KeptImage", name, digest, sizeBytes, contentType });
      } catch (thrown) {
        error ??= ArrasError.from(thrown);
      }
    }
    return { kept, error };
  }

  get #link(): Pick<MergerLink, "storeImage"> {
    const link = this.#session.link();
    if (link === undefined) throw noFilm();
    return link;
  }

  /** Until it is done, or is not to be any more. `needsFilm`: not without the merger. */
  async #again<Result>(action: () => Promise<Result>, needsFilm: boolean): Promise<Result> {
    const { clock, mayAct } = this.#world;
    const beganAtMs = clock.nowMs();
    for (;;) {
      if (this.#isAbandoned || !mayAct()) throw abandoned();
      if (needsFilm && this.#goneError !== undefined) throw this.#goneError;
      try {
        return await action();
      } catch (thrown) {
        const error = ArrasError.from(thrown);
        if (!passing.has(error.code)) throw error;
        if (needsFilm && this.#goneError !== undefined) throw this.#goneError;
        const isLate = clock.nowMs() - beganAtMs >= limits.imagesStoringMsMax;
        if (this.#isClosing || this.#isAbandoned || isLate) throw error;
        this.#world.log.info({ code: error.code }, `finished images are not stored yet: ${error.message}`);
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#world.clock.after(limits.imagesAgainAfterMs, resolve);
      this.#goOn = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function noFilm(): ArrasError {
  return new ArrasError("unavailable", {
    message: "The session's film is being looked for",
    action: "Nothing: it is tried again.",
  });
}

function closed(): ArrasError {
  return new ArrasError("timed-out", {
    message: "The session was closed before its finished images were stored",
    action: "Is the NATS server reachable, and fast enough? Its client has what it fetched.",
  });
}

/** Told to nobody. */
function abandoned(): ArrasError {
  return new ArrasError("cancelled", { message: "The session is another coordinator's", action: "Nothing." });
}
