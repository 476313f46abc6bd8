// How far each session of the farm is: of this coordinator's own from themselves, of others' from what their owners say
// on the bus each second.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../../host/bus.ts";
import type { Clock, Timer } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { type SessionComputation, SessionPulseSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import type { Progress, QueuePlace } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import type { SessionWatcher } from "../session-watchers.ts";
import { computationsOf } from "./farm-sessions.ts";

export interface WatchedSession {
  /** Returns how to stop watching. */
  watch(watcher: SessionWatcher, left: undefined, intervalMs: number): () => void;
  /** As of now, whatever the store has. */
  readonly record: SessionRecord;
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
  /** undefined: as its record has them. */
  readonly computations: readonly SessionComputation[] | undefined;
}

interface Own {
  readonly session: WatchedSession;
  told: Pick<SessionMoment, "progress" | "queue">;
  unwatch: () => void;
}

const unknown: SessionMoment = { progress: undefined, queue: undefined, computations: undefined };

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
    const own = this.#own.get(sessionId);
    if (own !== undefined) return { ...own.told, computations: computationsOf(own.session.record) };
    return this.#others.get(sessionId) ?? unknown;
  }

  entered(sessionId: string, session: WatchedSession): void {
    this.left(sessionId);
    const own: Own = { session, told: unknown, unwatch: () => {} };
    // Told once before it returns.
    own.unwatch = session.watch(
      ({ progress, queue }) => {
        own.told = { progress, queue };
      },
      undefined,
      limits.watchIntervalMsMax,
    );
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
    for (const [sessionId, { session, told }] of this.#own) {
      const { progress, queue } = told;
      const computations = computationsOf(session.record);
      const known = { ...(progress === undefined ? {} : { progress }), ...(queue === undefined ? {} : { queue }) };
      const pulse = toBinary(SessionPulseSchema, create(SessionPulseSchema, { sessionId, computations, ...known }));
      this.#world.bus.publish(subjects.pulse(sessionId), pulse);
    }
  }

  /** It may come from anybody. */
  #hear(bytes: Uint8Array): void {
    try {
      const { sessionId, progress, queue, computations } = fromBinary(SessionPulseSchema, bytes);
      if (this.#own.has(sessionId) || !this.#world.isKnown(sessionId)) return;
      this.#others.set(sessionId, { progress, queue, computations });
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, "a SessionPulse on the bus was malformed");
    }
  }
}
