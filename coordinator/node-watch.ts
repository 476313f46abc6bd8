// The nodes of the farm as one coordinator hears them: their heartbeats, and each second who is not heard of any more.
import type { Subscription } from "../host/bus.ts";
import type { Timer } from "../host/clock.ts";
import type { ArrasError } from "../proto/errors.ts";
import { type Heartbeat, HeartbeatSchema } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import type { LeftBehind } from "./berths.ts";
import { hearMessages } from "./bus-messages.ts";
import { lostNode } from "./coordinator-errors.ts";
import type { CoordinatorSurroundings } from "./coordinator-surroundings.ts";
import type { SessionPlacing } from "./session-placing.ts";
import { VersionCheck } from "./version-check.ts";

export interface NodeListener {
  /** It is to leave in `leftMs`, at least. Said with each of its heartbeats. */
  draining(nodeId: string, leftMs: number): void;
  lost(nodeId: string, error: ArrasError): void;
  /** It runs this, which was placed elsewhere meanwhile: the fence to end it with; undefined: not ours to end. */
  fenceOfLeft(left: LeftBehind): number | undefined;
  /** Whether there is such a session on the farm; undefined while that cannot be said. */
  knownSessions(): ((sessionId: string) => boolean) | undefined;
  /** A second has passed. */
  judged(nowMs: number): void;
}

export type NodeSurroundings = Pick<
  CoordinatorSurroundings,
  "bus" | "clock" | "log" | "launcher" | "overview" | "isBusConnected"
>;

export class NodeWatch {
  readonly #world: NodeSurroundings;
  readonly #placing: Pick<SessionPlacing, "heard" | "judge">;
  readonly #listener: NodeListener;
  readonly #versions: VersionCheck;
  #heartbeats: Subscription | undefined;
  #judgedAtMs = 0;
  #judging: Timer | undefined;

  constructor(world: NodeSurroundings, placing: Pick<SessionPlacing, "heard" | "judge">, listener: NodeListener) {
    this.#world = world;
    this.#placing = placing;
    this.#listener = listener;
    this.#versions = new VersionCheck(world.log);
  }

  start(): void {
    this.#heartbeats = hearMessages(this.#world, subjects.allHeartbeats, HeartbeatSchema, (heartbeat) =>
      this.#heard(heartbeat),
    );
    this.#judgedAtMs = this.#world.clock.nowMs();
    this.#judge();
  }

  end(): void {
    this.#heartbeats?.unsubscribe();
    this.#judging?.cancel();
  }

  #heard(heartbeat: Heartbeat): void {
    const { clock, log } = this.#world;
    this.#world.overview?.heard(clock.nowMs(), heartbeat);
    if (!this.#versions.isOurs(heartbeat)) return;
    const { isNew, leftBehind } = this.#placing.heard(heartbeat);
    const { nodeId, host } = heartbeat;
    if (isNew) log.info({ node: nodeId, host, draining: heartbeat.draining }, "node joined");
    if (heartbeat.draining) this.#listener.draining(nodeId, heartbeat.drainLeftMs);
    for (const left of leftBehind) this.#endLeftBehind(nodeId, left);
  }

  /** What it does no longer counts: another does it. */
  #endLeftBehind(nodeId: string, left: LeftBehind): void {
    const { log, launcher } = this.#world;
    const fence = this.#listener.fenceOfLeft(left);
    if (fence === undefined) return;
    const { sessionId, computation } = left;
    launcher
      .stop(nodeId, sessionId, computation, fence)
      .catch((error) =>
        log.warn(
          { session: sessionId, node: nodeId, computation, err: error },
          "could not be ended on a node that is back",
        ),
      );
  }

  /** Each second: a node that was not heard of for three is lost, and at once so is all that ran there. */
  #judge(): void {
    const { clock, log, isBusConnected } = this.#world;
    const nowMs = clock.nowMs();
    // Who could not hear, or stood still itself, judges nobody.
    const wasAway = nowMs - this.#judgedAtMs > 2 * limits.heartbeatIntervalMs || isBusConnected?.() === false;
    this.#judgedAtMs = nowMs;
    this.#world.overview?.judged(nowMs, wasAway);
    for (const { id, host, closed } of this.#placing.judge(wasAway, this.#listener.knownSessions())) {
      if (closed === true) log.info({ node: id, host }, "node left");
      else log.warn({ node: id, host }, "node lost");
      this.#listener.lost(id, lostNode(id, host));
    }
    this.#listener.judged(nowMs);
    this.#judging = clock.after(limits.heartbeatIntervalMs, () => this.#judge());
  }
}
