// Where one session is in its life, what its client wished last, and whether it may still be acted for here. The parts of
// a session share it; which changes there are is in session-state.ts.
import { SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import { stateHappening } from "./journal/session-happenings.ts";
import type { SessionSurroundings } from "./session-plan.ts";
import { changeState, isFinal, type SessionState } from "./session-state.ts";

export class SessionLife {
  readonly #sessionId: string;
  readonly #world: Pick<SessionSurroundings, "journal" | "mayAct" | "save">;
  #state: SessionState;
  wish = SessionWish.UNSPECIFIED;
  /** Its end has begun, or is another coordinator's to begin: nothing new is done for it. */
  isEnding = false;
  isAbandoned = false;

  constructor(
    sessionId: string,
    world: Pick<SessionSurroundings, "journal" | "mayAct" | "save">,
    beginning: SessionState,
  ) {
    this.#sessionId = sessionId;
    this.#world = world;
    this.#state = beginning;
  }

  get state(): SessionState {
    return this.#state;
  }

  get isFinal(): boolean {
    return isFinal(this.#state);
  }

  /** Stopped for a while, this process may not know yet that it has lost the session. */
  mayAct(): boolean {
    return !this.isAbandoned && this.#world.mayAct();
  }

  /** Goes on in a state that is no news: of its record, of its place in the queue. */
  resume(state: SessionState): void {
    this.#state = state;
  }

  set(to: SessionState): void {
    const from = this.#state.t;
    this.#state = changeState(this.#state, to);
    this.#world.journal?.record(stateHappening(this.#sessionId, to, from));
  }

  /** As `set`, and the store is to have it. */
  change(to: SessionState): void {
    this.set(to);
    void this.#world.save();
  }
}
