// The whole farm as one coordinator knows it, for operators: nodes by their heartbeats, sessions by their records and
// pulses. It decides nothing about either, but passes on that a node shall leave.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus } from "../../host/bus.ts";
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { errorFromMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type NodeRow, NodeState, type SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import { DrainReplySchema, DrainRequestSchema, type Heartbeat } from "../../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import type { Overview } from "../coordinator-surroundings.ts";
import type { FarmNodes } from "./farm-nodes.ts";
import { promisesOf, sessionRows } from "./farm-sessions.ts";
import type { FarmView } from "./farm-view.ts";
import { SessionPulses, type WatchedSession } from "./session-pulses.ts";

/** What it needs of the coordinator. */
export interface SessionDirectory {
  /** Of all coordinators' sessions. */
  records(): readonly SessionRecord[];
  record(sessionId: string): SessionRecord | undefined;
  /** By its address; empty: nobody at the moment. */
  ownerOf(sessionId: string): string;
}

export interface FarmSurroundings {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: FarmNodes;
  readonly directory: SessionDirectory;
}

export class Farm implements FarmView, Overview {
  readonly #world: FarmSurroundings;
  readonly #pulses: SessionPulses;

  constructor(world: FarmSurroundings) {
    this.#world = world;
    const { bus, clock, log, directory } = world;
    const isKnown = (sessionId: string) => directory.record(sessionId) !== undefined;
    this.#pulses = new SessionPulses({ bus, clock, log, isKnown });
  }

  nodes(): NodeRow[] {
    const { nodes, clock, directory } = this.#world;
    return nodes.rows(clock.nowMs(), promisesOf(directory.records()));
  }

  sessions(): SessionRow[] {
    const { directory } = this.#world;
    return sessionRows(directory.records(), ({ sessionId }) => ({
      owner: directory.ownerOf(sessionId),
      ...this.#pulses.momentOf(sessionId),
    }));
  }

  async drain(nodeId: string): Promise<void> {
    const node = this.nodes().find((each) => each.nodeId === nodeId);
    if (node === undefined || node.state === NodeState.REFUSED) throw missingNode(nodeId);
    this.#world.log.info({ node: nodeId }, "asking a node to leave");
    const request = create(DrainRequestSchema, { reason: "an operator asked for it (arras-farm drain)" });
    const bytes = await this.#world.bus.request(
      subjects.drain(nodeId),
      toBinary(DrainRequestSchema, request),
      limits.heartbeatIntervalMs * limits.heartbeatsMissedMax,
    );
    const { error } = fromBinary(DrainReplySchema, bytes);
    if (error !== undefined) throw errorFromMessage(error);
  }

  // What the coordinator tells.

  heard(nowMs: number, heartbeat: Heartbeat): void {
    this.#world.nodes.heard(nowMs, heartbeat);
  }

  judged(nowMs: number, wasAway: boolean): void {
    this.#world.nodes.judge(nowMs, wasAway);
  }

  entered(sessionId: string, session: WatchedSession): void {
    this.#pulses.entered(sessionId, session);
  }

  left(sessionId: string): void {
    this.#pulses.left(sessionId);
  }

  quarantined(nodeId: string): void {
    this.#world.nodes.quarantined(nodeId);
  }

  close(): void {
    this.#pulses.close();
  }
}

function missingNode(nodeId: string): ArrasError {
  return new ArrasError("node-missing", {
    message: `There is no node ${JSON.stringify(nodeId.slice(0, 80))} on the farm`,
    action: "It left, or was lost; see arras-farm nodes.",
  });
}
