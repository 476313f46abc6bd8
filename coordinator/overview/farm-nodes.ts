// The farm's nodes as operators see them: rows from heartbeats, and what happens to nodes. Who takes part in a session is
// not its business. Pure: times are arguments.
import { create } from "@bufbuild/protobuf";
import { type NodeComputation, type NodeRow, NodeRowSchema, NodeState } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { Heartbeat } from "../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../proto/limits.ts";
import { softwareVersion } from "../../proto/version.ts";
import type { Journal, NodeHappening } from "../journal/happening.ts";

/** What is promised on one node. */
export interface NodePromise {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly computations: readonly Pick<NodeComputation, "sessionId" | "computation">[];
}

interface Entry {
  readonly heartbeat: Heartbeat;
  readonly seenAtMs: number;
}

export interface FarmNodesOptions {
  readonly journal: Journal;
  /** Of this process, by the clock of all other times here; and milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly startedWallMs: number;
}

const silenceMsMax = limits.heartbeatIntervalMs * limits.heartbeatsMissedMax;
/** Hosts' clocks may differ so much. */
const skewMsMax = 10_000;

export class FarmNodes {
  readonly #options: FarmNodesOptions;
  readonly #entries = new Map<string, Entry>();
  /** Of nodes that were lost and may return: how often, the longest lost first. */
  readonly #losses = new Map<string, number>();
  readonly #quarantined = new Set<string>();

  constructor(options: FarmNodesOptions) {
    this.#options = options;
  }

  heard(nowMs: number, heartbeat: Heartbeat): void {
    const { nodeId } = heartbeat;
    const before = this.#entries.get(nodeId);
    if (before === undefined && this.#entries.size >= limits.nodesMax) return;
    this.#entries.set(nodeId, { heartbeat, seenAtMs: nowMs });
    if (heartbeat.softwareVersion !== softwareVersion) {
      if (before === undefined)
        this.#tell({ t: "node-refused", ...this.#fact(heartbeat), version: heartbeat.softwareVersion });
      return;
    }
    if (before === undefined && this.#isJoining(nowMs, heartbeat))
      this.#tell({ t: "node-joined", ...this.#fact(heartbeat) });
    if (heartbeat.draining && before?.heartbeat.draining !== true)
      this.#tell({ t: "node-draining", ...this.#fact(heartbeat) });
  }

  /** Each second. `wasAway`: nobody could be heard for a while, for a reason on this side. */
  judge(nowMs: number, wasAway: boolean): void {
    for (const [nodeId, { heartbeat, seenAtMs }] of this.#entries) {
      if (wasAway) this.#entries.set(nodeId, { heartbeat, seenAtMs: nowMs });
      else if (nowMs - seenAtMs > silenceMsMax) this.#lose(heartbeat);
    }
  }

  /** Its samples were found wrong. */
  quarantined(nodeId: string): void {
    this.#quarantined.add(nodeId);
    const [oldest] = this.#quarantined;
    if (this.#quarantined.size > limits.quarantinedNodesMax && oldest !== undefined) this.#quarantined.delete(oldest);
  }

  /** In the order of their ids. */
  rows(nowMs: number, promises: ReadonlyMap<string, NodePromise>): NodeRow[] {
    return [...this.#entries.values()]
      .map(({ heartbeat, seenAtMs }) => {
        const row = rowOf(heartbeat, nowMs - seenAtMs, promises.get(heartbeat.nodeId));
        // One that leaves is gone soon, whatever it did.
        if (row.state === NodeState.READY && this.#quarantined.has(row.nodeId)) row.state = NodeState.QUARANTINED;
        return row;
      })
      .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  /** One that was there before this coordinator listened has joined long ago. */
  #isJoining(nowMs: number, { startedAtMs }: Heartbeat): boolean {
    const hasListened = nowMs - this.#options.startedAtMs > silenceMsMax;
    return hasListened || Number(startedAtMs) > this.#options.startedWallMs - skewMsMax;
  }

  #lose(heartbeat: Heartbeat): void {
    const { nodeId, draining } = heartbeat;
    this.#entries.delete(nodeId);
    if (heartbeat.softwareVersion !== softwareVersion) return;
    this.#tell({ t: draining ? "node-left" : "node-lost", ...this.#fact(heartbeat) });
    const count = (this.#losses.get(nodeId) ?? 0) + 1;
    this.#losses.delete(nodeId);
    this.#losses.set(nodeId, count);
    const [oldest] = this.#losses.keys();
    if (this.#losses.size > limits.lostNodesMax && oldest !== undefined) this.#losses.delete(oldest);
  }

  /** Each of its kind comes once for each time that the node is there. */
  #fact({ nodeId, host }: Heartbeat): Pick<NodeHappening, "nodeId" | "host" | "factId"> {
    return { nodeId, host, factId: String(this.#losses.get(nodeId) ?? 0) };
  }

  #tell(happening: NodeHappening): void {
    this.#options.journal.record(happening);
  }
}

function rowOf(heartbeat: Heartbeat, heardAgoMs: number, promise: NodePromise | undefined): NodeRow {
  const isRefused = heartbeat.softwareVersion !== softwareVersion;
  const state = heartbeat.draining ? NodeState.DRAINING : NodeState.READY;
  return create(NodeRowSchema, {
    nodeId: heartbeat.nodeId,
    host: heartbeat.host,
    state: isRefused ? NodeState.REFUSED : state,
    coreCount: heartbeat.coreCount,
    reservedCoreCount: promise?.cores ?? 0,
    memoryBytes: heartbeat.memoryBytes,
    reservedMemoryBytes: BigInt(Math.round(promise?.memoryBytes ?? 0)),
    usedMemoryBytes: heartbeat.memoryUsedBytes,
    memoryEnforcement: heartbeat.memoryEnforcement,
    renderers: renderersOf(heartbeat),
    architecture: heartbeat.architecture,
    instructionSet: heartbeat.instructionSet,
    gpus: heartbeat.gpus,
    tags: heartbeat.tags,
    computations: (promise?.computations ?? []).map(({ sessionId, computation }) => ({ sessionId, computation })),
    softwareVersion: heartbeat.softwareVersion.slice(0, 40),
    heardAgoMs: Math.max(0, Math.round(heardAgoMs)),
    cachedSceneCount: heartbeat.bundles.length,
    freeMemoryBytes: heartbeat.memoryFreeBytes,
    loadAverage: heartbeat.loadAverage,
    drainLeftMs: heartbeat.drainLeftMs,
  });
}

/** "embree 3.13.5" is a name and a version; a renderer of which none was told has its name alone. */
function renderersOf({ renderers, rendererVersions }: Heartbeat): { name: string; version: string }[] {
  return renderers.map((name) => {
    const told = rendererVersions.find((text) => text.startsWith(`${name} `));
    return { name, version: told === undefined ? "" : told.slice(name.length + 1) };
  });
}
