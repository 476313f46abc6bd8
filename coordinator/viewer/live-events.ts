// What a page is told beside its frames. A page that takes nothing is told less: the newest of each kind, once it takes
// something again. So what waits for it stays small, however long that lasts.
import type { ViewerEvent } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { limits } from "../../proto/limits.ts";
import { encodeEvent } from "./viewer-event.ts";

type Told = ViewerEvent["event"];

export class LiveEvents {
  readonly #send: (bytes: Uint8Array, left: () => void) => void;
  #waitingBytes = 0;
  /** By kind; in the order in which each kind was first held back. */
  readonly #held = new Map<Told["case"], Told>();

  /** `left`: it has left this process. */
  constructor(send: (bytes: Uint8Array, left: () => void) => void) {
    this.#send = send;
  }

  tell(event: Told): void {
    if (this.#hasRoom) this.#pass(event);
    else this.#held.set(event.case, newest(this.#held.get(event.case), event));
  }

  /** An event of any size passes: the scene may be larger than what may wait. */
  get #hasRoom(): boolean {
    return this.#waitingBytes <= limits.viewerWaitingBytesMax;
  }

  #pass(event: Told): void {
    const bytes = encodeEvent(event);
    this.#waitingBytes += bytes.length;
    this.#send(bytes, () => {
      this.#waitingBytes -= bytes.length;
      this.#passHeld();
    });
  }

  #passHeld(): void {
    for (const [kind, event] of this.#held) {
      if (!this.#hasRoom) return;
      this.#held.delete(kind);
      this.#pass(event);
    }
  }
}

/** What happens is told once, so a session's newest state takes over what its elders would have told. */
function newest(held: Told | undefined, event: Told): Told {
  if (held?.case !== "session" || event.case !== "session") return event;
  const notices = [...held.value.notices, ...event.value.notices].slice(-limits.viewerNoticesHeldMax);
  return { case: "session", value: { ...event.value, notices } };
}
