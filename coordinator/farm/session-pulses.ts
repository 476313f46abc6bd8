// How far each session of the farm is: of this coordinator's own from themselves, of others' from what their owners say
// on the bus each second.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../../host/bus.ts";
import type { Clock, Timer } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { SessionPulseSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { Progress, QueuePlace } from "../../proto/gen/arras/v1/session_pb.ts";
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

/** What changes too often for a session's record. */
export interface SessionMoment {
  readonly progress: Progress | undefined;
  /** While it waits. */
  readonly queue: QueuePlace | undefined;
}

interface Own {
  moment: SessionMoment;
  unwatch: () => void;
}

const unknown: SessionMoment = { progress: undefined, queue: undefined };

export class SessionPulses {
  readonly #world: PulseSurroundings;
  readonly #own = new Map<string, Own>();
  readonly #others = new Map<string, SessionMoment>();
  readonly #subscription: Subscription;
  #timer: Timer;

  constructor(world: PulseSurroundings) {
    this.#world = world;
    this.#subscription = world.bus.subscribe(subjects.allPulses, (bytes) => this.#hear(bytes));
    this.#timer = this.#nextBeat();
  }

  momentOf(sessionId: string): SessionMoment {
    return this.#own.get(sessionId)?.moment ?? this.#others.get(sessionId) ?? unknown;
  }

  entered(sessionId: string, session: WatchedSession): void {
    this.left(sessionId);
    const own: Own = { moment: unknown, unwatch: () => {} };
    // Told once before it returns.
    own.unwatch = session.watch(({ progress, queue }) => {
      own.moment = { progress, queue };
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
    for (const [sessionId, { moment }] of this.#own) {
      const { progress, queue } = moment;
      const known = { ...(progress === undefined ? {} : { progress }), ...(queue === undefined ? {} : { queue }) };
      const pulse = toBinary(SessionPulseSchema, create(SessionPulseSchema, { sessionId, ...known }));
      this.#world.bus.publish(subjects.pulse(sessionId), pulse);
    }
  }

  /** It may come from anybody. */
  #hear(bytes: Uint8Array): void {
    try {
      const { sessionId, progress, queue } = fromBinary(SessionPulseSchema, bytes);
      if (this.#own.has(sessionId) || !this.#world.isKnown(sessionId)) return;
      this.#others.set(sessionId, { progress, queue });
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, "a SessionPulse on the bus was malformed");
    }
  }
}
