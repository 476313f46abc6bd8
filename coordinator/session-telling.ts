// What those who watch a session are told: notices, the state and its progress now and then, and the end. Pure.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { errorToMessage } from "../proto/error-message.ts";
import type { ArrasError } from "../proto/errors.ts";
import { PixelRectSchema } from "../proto/gen/arras/v1/common_pb.ts";
import type { FilmReceipt } from "../proto/gen/arras/v1/film_pb.ts";
import {
  type CheckpointState,
  type QueuePlace,
  QueuePlaceSchema,
  type SessionEvent,
  SessionEventSchema,
} from "../proto/gen/arras/v1/session_pb.ts";
import type { Progress } from "./planner/progress.ts";
import { progressMessage } from "./progress-message.ts";
import type { PresentComputation } from "./records/present-record.ts";
import { SampleRate } from "./sample-rate.ts";
import { type SessionState, stateToMessage } from "./session-state.ts";
import { crewTotals, type SessionTally } from "./session-tally.ts";
import { type SessionWatcher, SessionWatchers } from "./session-watchers.ts";
import type { ChosenRegion } from "./steering.ts";

/** What there is to tell at this moment. */
export interface SessionNow {
  readonly state: SessionState;
  readonly progress: Progress;
  readonly checkpoint: CheckpointState | undefined;
  readonly region: (ChosenRegion & { readonly isDone: boolean }) | undefined;
  /** It has lost its places and cannot go on. */
  readonly placeless?: ArrasError | undefined;
  readonly contributions?: ReturnType<SessionTally["contributions"]>;
}

export interface SessionEnd extends SessionNow {
  readonly tally: SessionTally;
  readonly crew: readonly PresentComputation[];
  readonly receipt: FilmReceipt | undefined;
  readonly sceneName: string;
}

export class SessionTelling {
  readonly #watchers = new SessionWatchers();
  readonly #rate = new SampleRate();
  #final: SessionEvent | undefined;

  /** From its setting on nothing else is told. */
  get final(): SessionEvent | undefined {
    return this.#final;
  }

  /** As another coordinator has told it, or written it down. */
  set final(event: SessionEvent | undefined) {
    this.#final = event;
  }

  notice(level: number, text: string): void {
    this.#watchers.notice(level, text);
  }

  /** Somebody but the coordinator itself is told. */
  get isWatched(): boolean {
    return this.#watchers.clientCount > 0;
  }

  /** `intervalMs`: see WatchSessionRequest. */
  watch(watcher: SessionWatcher, now: SessionNow, left: (() => void) | undefined, intervalMs = 0): void {
    this.#watchers.add(watcher, this.#event(now), left, intervalMs);
  }

  /** How often `tellSometimes` has something to do at most. */
  get intervalMs(): number {
    return this.#watchers.intervalMs;
  }

  unwatch(watcher: SessionWatcher): void {
    this.#watchers.remove(watcher);
  }

  /** Tells each as often as it wants to be told how far the session is. */
  tellSometimes(nowMs: number, now: () => SessionNow): void {
    this.#watchers.emitDue(nowMs, () => {
      const present = now();
      this.#rate.record(nowMs, present.progress.pixelSamples);
      return this.#event(present);
    });
  }

  /** What everybody is to know at once. */
  tell(now: SessionNow): void {
    this.#watchers.emit(this.#event(now));
  }

  /** The state is final: makes of it what is kept and told, and tells nobody yet. */
  end({ state, progress, checkpoint, tally, crew, receipt, sceneName }: SessionEnd): void {
    this.#final = create(SessionEventSchema, {
      ...this.#event({ state, progress, checkpoint, region: undefined }),
      totals: tally.totals(crewTotals(crew), receipt, sceneName),
      ...(receipt === undefined ? {} : { receipt }),
      ...(state.t === "failed" ? { error: errorToMessage(state.error) } : {}),
    });
  }

  tellEnd(): void {
    if (this.#final !== undefined) this.#watchers.emit(this.#final);
  }

  /** Everybody is told that it goes on elsewhere. */
  leave(): void {
    this.#watchers.leave();
  }

  #event({ contributions = [], ...now }: SessionNow): MessageInitShape<typeof SessionEventSchema> {
    if (this.#final !== undefined) return this.#final;
    const { state, progress, checkpoint, region, placeless } = now;
    const queue = state.t === "queued" ? state.place : placeless && outsideQueue(placeless);
    return {
      state: stateToMessage(state),
      progress: progressMessage(progress, this.#rate.perSecond()),
      contributions,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(region === undefined ? {} : { region: regionMessage(region) }),
      ...(queue === undefined ? {} : { queue }),
    };
  }
}

function regionMessage({ rect, isAlone, isDone, editor }: NonNullable<SessionNow["region"]>) {
  return { rect: create(PixelRectSchema, rect), alone: isAlone, done: isDone, editor };
}

/** Of one that had places: it stands in no queue, and takes the first that are free. */
function outsideQueue({ message: reason }: ArrasError): QueuePlace {
  return create(QueuePlaceSchema, { position: 0, waitingCount: 0, reason, unblocks: "a node with room" });
}
