// The nodes that have been heard of, from their heartbeats. A node is lost after three missed ones. Pure: time is an
// argument.
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { PlacementNode } from "./placement/placement-request.ts";

interface Entry {
  readonly node: PlacementNode;
  readonly seenAtMs: number;
}

export class NodeRegistry {
  readonly #entries = new Map<string, Entry>();

  heard(nowMs: number, heartbeat: Heartbeat): void {
    const node: PlacementNode = {
      id: heartbeat.nodeId,
      host: heartbeat.host,
      cores: heartbeat.coreCount,
      memoryMB: Math.floor(Number(heartbeat.memoryBytes) / 2 ** 20),
      coresPolicy: heartbeat.coresShared ? "shared" : "exclusive",
      renderers: heartbeat.renderers,
      tags: heartbeat.tags,
      architecture: heartbeat.architecture,
    };
    this.#entries.set(heartbeat.nodeId, { node, seenAtMs: nowMs });
  }

  /** Those that are not lost; the others are forgotten, for an agent that starts again has another id. */
  present(nowMs: number): PlacementNode[] {
    const since = nowMs - limits.heartbeatIntervalMs * limits.heartbeatsMissedMax;
    for (const [nodeId, { seenAtMs }] of this.#entries) if (seenAtMs < since) this.#entries.delete(nodeId);
    return [...this.#entries.values()].map(({ node }) => node);
  }
}
