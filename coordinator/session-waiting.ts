// A session that waits for places: in the queue, or because it lost those that it had; and what becomes of it when they
// come, when they do not, and when nobody looks any more.
import type { ArrasError } from "../proto/errors.ts";
import type { QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";
import type { Berth } from "./berth.ts";
import type { Crew } from "./crew.ts";
import type { MergerHost } from "./merger-host.ts";
import type { SessionBerths } from "./plan-session.ts";
import { clientGone, waitedTooLong } from "./session-errors.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionTelling } from "./session-telling.ts";

export interface WaitingParts {
  readonly life: SessionLife;
  readonly telling: SessionTelling;
  readonly merger: Pick<MergerHost, "place" | "placeless">;
  readonly crew: Crew;
  /** Tells its state. */
  tell(): void;
  /** It has its places, and is launched. */
  placed(): void;
  failed(error: ArrasError): void;
}

export class SessionWaiting {
  readonly #parts: WaitingParts;

  constructor(parts: WaitingParts) {
    this.#parts = parts;
  }

  get #isQueued(): boolean {
    const { life } = this.#parts;
    return life.state.t === "queued" && !life.isEnding;
  }

  /** Its place in the queue has changed. */
  queued(place: QueuePlace): void {
    if (!this.#isQueued) return;
    this.#parts.life.resume({ t: "queued", place });
    this.#parts.tell();
  }

  /** It waits no more. */
  place({ merge, mcrts }: SessionBerths, notes: readonly string[]): void {
    const { life, telling, merger, crew } = this.#parts;
    if (!this.#isQueued || merge === undefined) return;
    for (const text of notes) telling.notice(3, text);
    // Written down with the places, as they are launched.
    life.resume({ t: "starting" });
    merger.place(merge);
    crew.add(mcrts);
    this.#parts.placed();
  }

  /** There is room for more of its range. */
  grow(mcrts: readonly Berth[]): void {
    const { life, telling, crew } = this.#parts;
    if (life.isEnding) return;
    crew.add(mcrts);
    telling.notice(3, `There is room for ${mcrts.map(({ name }) => name).join(", ")} too`);
  }

  /** It has waited as long as it may. */
  expire(waitedMs: number): void {
    const { state } = this.#parts.life;
    if (state.t === "queued") this.#parts.failed(waitedTooLong(waitedMs, state.place));
  }

  /** Why it cannot go on for want of places, after it had some. */
  get placeless(): ArrasError | undefined {
    const { life, crew, merger } = this.#parts;
    return life.isEnding ? undefined : (crew.placeless ?? merger.placeless);
  }

  /** It waits, and nobody is told of it. */
  get isForsaken(): boolean {
    const { life, telling } = this.#parts;
    const isWaiting = life.state.t === "queued" || this.placeless !== undefined;
    return isWaiting && !telling.isWatched && !life.isFinal && !life.isEnding;
  }

  /** It has been forsaken for so long. */
  cancelForsaken(forsakenMs: number): void {
    if (this.isForsaken && this.#parts.life.mayAct()) this.#parts.failed(clientGone(forsakenMs));
  }
}
