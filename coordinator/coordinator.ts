// All sessions of one coordinator: creates, finds, closes them, and hands them what comes over bus and streams.
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello } from "../proto/gen/arras/v1/budget_pb.ts";
import { ComputationExitedSchema, ComputationUsageSchema, HeartbeatSchema } from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import type { Launcher } from "./launcher.ts";
import { NodeRegistry } from "./node-registry.ts";
import { ReservationLedger } from "./placement/reservations.ts";
import { planSession } from "./plan-session.ts";
import { Session } from "./session.ts";

export interface CoordinatorSurroundings {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly launcher: Launcher;
  /** Unguessable, each time another one. */
  newId(): string;
  coordinatorAddress(): string;
  /** Where a new session's merger shall listen. */
  mergerAddress(sessionId: string): string;
  /** Where clients are, when they are all on one machine. */
  readonly clientHost: string | undefined;
  readonly logLevel: number;
}

interface Entry {
  readonly session: Session;
  readonly token: string;
  readonly subscriptions: readonly Subscription[];
}

export class Coordinator {
  readonly #world: CoordinatorSurroundings;
  readonly #nodes = new NodeRegistry();
  readonly #reservations = new ReservationLedger();
  readonly #entries = new Map<string, Entry>();
  /** Request id → session id, so that a repeated request makes one session. */
  readonly #requests = new Map<string, string>();
  readonly #heartbeats: Subscription;

  constructor(world: CoordinatorSurroundings) {
    this.#world = world;
    this.#heartbeats = world.bus.subscribe(subjects.allHeartbeats, (bytes) => {
      this.#take(HeartbeatSchema, bytes, (heartbeat) => this.#nodes.heard(world.clock.nowMs(), heartbeat));
    });
  }

  /** Throws what is wrong with the specification, or `resources-insufficient`. */
  create(requestId: string, spec: SessionSpec): string {
    const known = this.#requests.get(requestId);
    if (known !== undefined) return known;
    if (this.#entries.size >= limits.sessionsMax) throw tooManySessions();
    const { bus, clock, log, launcher, logLevel, clientHost } = this.#world;
    const sessionId = this.#world.newId();
    const token = this.#world.newId();
    const nodes = this.#nodes.present(clock.nowMs());
    const { plan, placements } = planSession(spec, {
      sessionId,
      token,
      nodes,
      reservations: this.#reservations,
      coordinatorAddress: this.#world.coordinatorAddress(),
      mergerAddress: this.#world.mergerAddress(sessionId),
      clientHost,
      logLevel,
    });
    this.#reservations.reserve(
      placements.map(({ reservation }) => reservation),
      nodes,
    );
    const session = new Session(plan, { launcher, clock, log: log.child({ session: sessionId }) });
    const subscriptions = [
      bus.subscribe(subjects.exited(sessionId), (bytes) =>
        this.#take(ComputationExitedSchema, bytes, (exit) => session.exited(exit)),
      ),
      bus.subscribe(subjects.usage(sessionId), (bytes) =>
        this.#take(ComputationUsageSchema, bytes, (usage) => session.usage(usage)),
      ),
    ];
    this.#entries.set(sessionId, { session, token, subscriptions });
    this.#requests.set(requestId, sessionId);
    session.start();
    return sessionId;
  }

  /** Throws `session-missing`. */
  session(sessionId: string): Session {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) throw missing(sessionId);
    return entry.session;
  }

  /** The session that a computation belongs to. Throws `session-missing`, for a wrong token too. */
  sessionOf(hello: Hello): Session {
    const entry = this.#entries.get(hello.sessionId);
    if (entry === undefined || entry.token !== hello.token) throw missing(hello.sessionId);
    return entry.session;
  }

  /** Idempotent. Resolves when its processes are gone. */
  async close(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    this.#entries.delete(sessionId);
    for (const [requestId, id] of this.#requests) if (id === sessionId) this.#requests.delete(requestId);
    try {
      await entry.session.close();
    } finally {
      for (const subscription of entry.subscriptions) subscription.unsubscribe();
      this.#reservations.releaseSession(sessionId);
    }
  }

  /** A message from the bus; one that is none is logged, for it may come from anybody. */
  #take<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array, use: (message: MessageShape<Desc>) => void): void {
    let message: MessageShape<Desc>;
    try {
      message = fromBinary(schema, bytes);
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, `a ${schema.name} on the bus was malformed`);
      return;
    }
    use(message);
  }

  /** Closes all sessions. */
  async end(): Promise<void> {
    this.#heartbeats.unsubscribe();
    await Promise.all([...this.#entries.keys()].map((sessionId) => this.close(sessionId)));
  }
}

function missing(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: `There is no session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action: "It was closed, or belongs to another coordinator.",
  });
}

function tooManySessions(): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The coordinator holds sessionsMax = ${limits.sessionsMax} sessions`,
    action: "Close some, or try again later.",
  });
}
