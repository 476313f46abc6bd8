// What an agent says each second: what the node is, and what each of its computations uses.
import { create, toBinary } from "@bufbuild/protobuf";
import { ComputationUsageSchema, HeartbeatSchema } from "../proto/gen/arras/v1/node_pb.ts";
import { softwareVersion } from "../proto/version.ts";
import type { AgentSettings, MemoryEnforcement } from "./agent-settings.ts";
import type { Running } from "./running.ts";

export function heartbeatBytes(
  settings: AgentSettings,
  { memoryEnforcement, draining }: { readonly memoryEnforcement: MemoryEnforcement; readonly draining: boolean },
): Uint8Array {
  const { nodeId, capabilities, coresShared, renderers, tags } = settings;
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
    draining,
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
