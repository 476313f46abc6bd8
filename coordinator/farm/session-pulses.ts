// How far each session of the farm is: of this coordinator's own from themselves, of others' from what their owners say
// on the bus each second.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../../host/bus.ts";
import type { Clock, Timer } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { SessionPulseSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { Progress } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import type { SessionWatcher } from "../session-watchers.ts";

export interface WatchedSession {
  /** Returns how to stop watching. */
  watch(watcher: SessionWatcher): () => void;
}

export interface PulseSurroundings {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether there is such a session: others are not kept. */
  isKnown(sessionId: string): boolean;
}

interface Own {
  progress: Progress | undefined;
  unwatch: () => void;
}

export class SessionPulses {
  readonly #world: PulseSurroundings;
  readonly #own = new Map<string, Own>();
  readonly #others = new Map<string, Progress>();
  readonly #subscription: Subscription;
  #timer: Timer;

  constructor(world: PulseSurroundings) {
    this.#world = world;
    this.#subscription = world.bus.subscribe(subjects.allPulses, (bytes) => this.#hear(bytes));
    this.#timer = this.#nextBeat();
  }

  progressOf(sessionId: string): Progress | undefined {
    return this.#own.get(sessionId)?.progress ?? this.#others.get(sessionId);
  }

  entered(sessionId: string, session: WatchedSession): void {
    this.left(sessionId);
    const own: Own = { progress: undefined, unwatch: () => {} };
    // Told once before it returns.
    own.unwatch = session.watch(({ progress }) => {
      own.progress = progress;
    });
    this.#own.set(sessionId, own);
  }

  left(sessionId: string): void {
    this.#own.get(sessionId)?.unwatch();
    this.#own.delete(sessionId);
  }

  close(): void {
    this.#timer.cancel();
    this.#subscription.unsubscribe();
    for (const sessionId of [...this.#own.keys()]) this.left(sessionId);
  }

  #nextBeat(): Timer {
    return this.#world.clock.after(limits.heartbeatIntervalMs, () => {
      this.#beat();
      this.#timer = this.#nextBeat();
    });
  }

  #beat(): void {
    for (const sessionId of this.#others.keys()) if (!this.#world.isKnown(sessionId)) this.#others.delete(sessionId);
    for (const [sessionId, { progress }] of this.#own) {
      if (progress === undefined) continue;
      const pulse = toBinary(SessionPulseSchema, create(SessionPulseSchema, { sessionId, progress }));
      this.#world.bus.publish(subjects.pulse(sessionId), pulse);
    }
  }

  /** It may come from anybody. */
  #hear(bytes: Uint8Array): void {
    try {
      const { sessionId, progress } = fromBinary(SessionPulseSchema, bytes);
      if (progress === undefined || this.#own.has(sessionId) || !this.#world.isKnown(sessionId)) return;
      this.#others.set(sessionId, progress);
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, "a SessionPulse on the bus was malformed");
    }
  }
}
