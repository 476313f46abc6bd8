// The nodes that have been heard of, from their heartbeats. A node is lost after three missed ones. Pure: time is an
// argument.
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { PlacementNode } from "./placement/placement-request.ts";

interface Entry {
  readonly node: PlacementNode;
  readonly seenAtMs: number;
}

const silenceMsMax = limits.heartbeatIntervalMs * limits.heartbeatsMissedMax;

export class NodeRegistry {
  readonly #entries = new Map<string, Entry>();
  /** Spoken of by others and not heard of yet, since when. */
  readonly #expected = new Map<string, number>();

  /** Whether it is a node that was not there before. One too many is not taken in. */
  heard(nowMs: number, heartbeat: Heartbeat): boolean {
    const isNew = !this.#entries.has(heartbeat.nodeId);
    if (isNew && this.#entries.size >= limits.nodesMax) return false;
    const node: PlacementNode = {
      id: heartbeat.nodeId,
      host: heartbeat.host,
      cores: heartbeat.coreCount,
      memoryMB: Math.floor(Number(heartbeat.memoryBytes) / 2 ** 20),
      coresPolicy: heartbeat.coresShared ? "shared" : "exclusive",
      renderers: heartbeat.renderers,
      tags: heartbeat.tags,
      architecture: heartbeat.architecture,
      instructionSet: heartbeat.instructionSet,
      rendererVersions: heartbeat.rendererVersions,
      bundles: heartbeat.bundles.slice(0, limits.heartbeatBundlesMax),
      ...(heartbeat.draining ? { closed: true } : {}),
    };
    this.#entries.set(heartbeat.nodeId, { node, seenAtMs: nowMs });
    this.#expected.delete(heartbeat.nodeId);
    return isNew;
  }

  /** Somebody says that there is such a node. If it is not heard of either, it is lost like any other. */
  expect(nowMs: number, nodeId: string): void {
    if (this.#entries.has(nodeId) || this.#expected.has(nodeId) || this.#expected.size >= limits.nodesMax) return;
    this.#expected.set(nodeId, nowMs);
  }

  has(nodeId: string): boolean {
    return this.#entries.has(nodeId);
  }

  /** Those that are not lost. */
  present(nowMs: number): PlacementNode[] {
    return this.#select((seenAtMs) => nowMs - seenAtMs <= silenceMsMax);
  }

  /** Those that are lost now. They are forgotten, for an agent that starts again has another id. */
  takeLost(nowMs: number): PlacementNode[] {
    const lost = this.#select((seenAtMs) => nowMs - seenAtMs > silenceMsMax);
    for (const { id } of lost) this.#entries.delete(id);
    for (const [id, sinceMs] of [...this.#expected]) {
      if (nowMs - sinceMs <= silenceMsMax) continue;
      this.#expected.delete(id);
      lost.push(unknownNode(id));
    }
    return lost;
  }

  /** All count as heard now: it was this side that could not hear. */
  forgive(nowMs: number): void {
    for (const [nodeId, { node }] of this.#entries) this.#entries.set(nodeId, { node, seenAtMs: nowMs });
    for (const nodeId of this.#expected.keys()) this.#expected.set(nodeId, nowMs);
  }

  #select(wanted: (seenAtMs: number) => boolean): PlacementNode[] {
    return [...this.#entries.values()].filter(({ seenAtMs }) => wanted(seenAtMs)).map(({ node }) => node);
  }
}

function unknownNode(id: string): PlacementNode {
  const nothing = { cores: 0, memoryMB: 0, coresPolicy: "exclusive" as const, renderers: [], tags: [] };
  return { ...nothing, id, host: "an unknown host", architecture: "" };
}
