// All sessions of one coordinator: creates, finds, closes them, and hands them what comes over bus and streams.
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello } from "../proto/gen/arras/v1/budget_pb.ts";
import {
  ComputationExitedSchema,
  ComputationUsageSchema,
  type Heartbeat,
  HeartbeatSchema,
} from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import { softwareVersion } from "../proto/version.ts";
import { Berths } from "./berths.ts";
import type { Launcher } from "./launcher.ts";
import { planSession } from "./plan-session.ts";
import { Session } from "./session.ts";
import { isFinal } from "./session-state.ts";

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
  /** False: nothing can be heard just now, so nobody is judged by silence. Absent: always there, as in memory. */
  isBusConnected?(): boolean;
  readonly logLevel: number;
}

interface Entry {
  /** Since when its state has been final. */
  endedAtMs?: number;
  readonly session: Session;
  readonly token: string;
  readonly subscriptions: readonly Subscription[];
}

export class Coordinator {
  readonly #world: CoordinatorSurroundings;
  readonly #berths = new Berths();
  readonly #entries = new Map<string, Entry>();
  /** Request id → session id, so that a repeated request makes one session. */
  readonly #requests = new Map<string, string>();
  readonly #heartbeats: Subscription;
  /** Told once each. */
  readonly #refusedNodes = new Set<string>();
  #judgedAtMs: number;
  #judging: Timer | undefined;

  constructor(world: CoordinatorSurroundings) {
    this.#world = world;
    this.#heartbeats = world.bus.subscribe(subjects.allHeartbeats, (bytes) => {
      this.#take(HeartbeatSchema, bytes, (heartbeat) => this.#heard(heartbeat));
    });
    this.#judgedAtMs = world.clock.nowMs();
    this.#judgeNodes();
  }

  /** Throws what is wrong with the specification, or `resources-insufficient`. */
  create(requestId: string, spec: SessionSpec): string {
    const known = this.#requests.get(requestId);
    if (known !== undefined) return known;
    if (this.#entries.size >= limits.sessionsMax) throw tooManySessions();
    const { bus, clock, log, launcher, logLevel, clientHost } = this.#world;
    const sessionId = this.#world.newId();
    const token = this.#world.newId();
    const nodes = this.#berths.present(clock.nowMs());
    const { plan, placements, request } = planSession(spec, {
      sessionId,
      token,
      nodes,
      reservations: this.#berths.reservations,
      coordinatorAddress: this.#world.coordinatorAddress(),
      mergerAddress: this.#world.mergerAddress(sessionId),
      clientHost,
      logLevel,
    });
    this.#berths.take(request, placements, nodes);
    const session = new Session(plan, {
      launcher,
      clock,
      log: log.child({ session: sessionId }),
      berthFor: (berth) => this.#berths.berthFor(clock.nowMs(), sessionId, berth),
    });
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
      this.#berths.releaseSession(sessionId);
    }
  }

  #heard(heartbeat: Heartbeat): void {
    const { clock, log, launcher } = this.#world;
    if (!this.#isOurVersion(heartbeat)) return;
    const { isNew, leftBehind } = this.#berths.heard(clock.nowMs(), heartbeat);
    const { nodeId, host } = heartbeat;
    if (isNew) log.info({ node: nodeId, host, draining: heartbeat.draining }, "node joined");
    for (const { sessionId, computation } of leftBehind) {
      // What it does no longer counts: another does it.
      launcher
        .stop(nodeId, sessionId, computation)
        .catch((error) =>
          log.warn({ node: nodeId, computation, err: error }, "could not be ended on a node that is back"),
        );
    }
  }

  #isOurVersion({ nodeId, host, softwareVersion: theirs }: Heartbeat): boolean {
    if (theirs === softwareVersion) return true;
    if (!this.#refusedNodes.has(nodeId) && this.#refusedNodes.size < limits.nodesMax) {
      this.#refusedNodes.add(nodeId);
      const action = "it takes no part; install the same version there";
      this.#world.log.warn(
        { node: nodeId, host },
        `a node of version ${JSON.stringify(theirs.slice(0, 40))} on a farm of version ${softwareVersion}: ${action}`,
      );
    }
    return false;
  }

  /** Who made them is gone, or keeps them for too long. */
  #closeForgotten(nowMs: number): void {
    for (const [sessionId, entry] of this.#entries) {
      if (!isFinal(entry.session.state)) continue;
      entry.endedAtMs ??= nowMs;
      if (nowMs - entry.endedAtMs < limits.sessionKeptMs) continue;
      this.#world.log.info({ session: sessionId }, "closing a session that its client left");
      void this.close(sessionId);
    }
  }

  /** Each second: a node that was not heard of for three is lost, and at once so is all that ran there. */
  #judgeNodes(): void {
    const { clock, log, isBusConnected } = this.#world;
    const nowMs = clock.nowMs();
    // Who could not hear, or stood still itself, judges nobody.
    const wasAway = nowMs - this.#judgedAtMs > 2 * limits.heartbeatIntervalMs || isBusConnected?.() === false;
    this.#judgedAtMs = nowMs;
    if (wasAway) this.#berths.forgive(nowMs);
    for (const { id, host, closed } of this.#berths.takeLost(nowMs)) {
      if (closed === true) log.info({ node: id, host }, "node left");
      else log.warn({ node: id, host }, "node lost");
      const error = lostNode(id, host);
      for (const { session } of [...this.#entries.values()]) session.lostNode(id, error);
    }
    this.#closeForgotten(nowMs);
    this.#judging = clock.after(limits.heartbeatIntervalMs, () => this.#judgeNodes());
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
    this.#judging?.cancel();
    await Promise.all([...this.#entries.keys()].map((sessionId) => this.close(sessionId)));
  }
}

function missing(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: `There is no session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action: "It was closed, or belongs to another coordinator.",
  });
}

function lostNode(nodeId: string, host: string): ArrasError {
  const silenceS = (limits.heartbeatIntervalMs * limits.heartbeatsMissedMax) / 1000;
  return new ArrasError("computation-lost", {
    message: `Its node on ${host} was not heard of for ${silenceS} s`,
    action: "Nothing: it is placed again. Is that machine still there?",
    place: { node: nodeId },
  });
}

function tooManySessions(): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The coordinator holds sessionsMax = ${limits.sessionsMax} sessions`,
    action: "Close some, or try again later.",
  });
}
