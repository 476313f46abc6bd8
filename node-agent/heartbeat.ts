// What an agent says each second: what the node is and has, and what each of its computations uses.
import { create, toBinary } from "@bufbuild/protobuf";
import { ComputationUsageSchema, HeartbeatSchema } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { softwareVersion } from "../proto/version.ts";
import type { AgentSettings, MemoryEnforcement } from "./agent-settings.ts";
import type { NodeLoad } from "./capabilities.ts";
import type { Running } from "./running.ts";

export interface NodePresent {
  readonly memoryEnforcement: MemoryEnforcement;
  /** undefined: it stays. */
  readonly drainLeftMs: number | undefined;
  readonly load: NodeLoad;
  /** In its cache, the last used first. */
  readonly bundles: readonly string[];
  /** Resident in all computations. */
  readonly usedBytes: number;
}

export function heartbeatBytes(settings: AgentSettings, present: NodePresent): Uint8Array {
  const { nodeId, capabilities, coresShared, renderers, tags, startedAtMs } = settings;
  const { memoryEnforcement, drainLeftMs, load, bundles, usedBytes } = present;
  const heartbeat = create(HeartbeatSchema, {
    nodeId,
    host: capabilities.host,
    coreCount: capabilities.coreCount,
    memoryBytes: BigInt(capabilities.memoryBytes),
    coresShared,
    renderers: [...renderers],
    architecture: capabilities.architecture,
    tags: [...tags],
    memoryEnforcement,
    softwareVersion,
    draining: drainLeftMs !== undefined,
    instructionSet: capabilities.instructionSet,
    rendererVersions: [...capabilities.rendererVersions],
    gpus: capabilities.gpus.map(({ name, memoryBytes }) => ({ name, memoryBytes: BigInt(memoryBytes) })),
    memoryFreeBytes: BigInt(load.memoryFreeBytes),
    loadAverage: load.loadAverage,
    startedAtMs: BigInt(startedAtMs),
    drainLeftMs: drainLeftMs ?? 0,
    bundles: bundles.slice(0, limits.heartbeatBundlesMax),
    memoryUsedBytes: BigInt(usedBytes),
  });
  return toBinary(HeartbeatSchema, heartbeat);
}

export function usageBytes(nodeId: string, { order, residentBytes, peakBytes }: Running): Uint8Array {
  const usage = create(ComputationUsageSchema, {
    sessionId: order.sessionId,
    computation: order.computation,
    memoryBytes: BigInt(residentBytes),
    peakMemoryBytes: BigInt(peakBytes),
    nodeId,
  });
  return toBinary(ComputationUsageSchema, usage);
}
