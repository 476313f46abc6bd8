// What an agent says each second, read back from its bytes.
import { create, fromBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import type { AgentSettings } from "../../../node-agent/agent-settings.ts";
import { heartbeatBytes, usageBytes } from "../../../node-agent/heartbeat.ts";
import type { RunningComputation } from "../../../node-agent/launch.ts";
import { Running } from "../../../node-agent/running.ts";
import { ComputationUsageSchema, HeartbeatSchema, LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { softwareVersion } from "../../../proto/version.ts";

const settings: AgentSettings = {
  nodeId: "n-1",
  capabilities: {
    host: "render07",
    coreCount: 96,
    memoryBytes: 2 ** 42 + 4096,
    architecture: "x64",
    memoryEnforcement: "watchdog",
    instructionSet: "avx2",
    rendererVersions: ["embree 3.13.5", "fake 1"],
    gpus: [{ name: "NVIDIA L4", memoryBytes: 24_152_899_584 }],
  },
  coresShared: true,
  renderers: ["embree", "fake"],
  tags: ["gpu"],
  startedAtMs: 1_790_000_000_123,
  entries: { mcrt: { command: "node", args: [] }, merge: { command: "node", args: [] } },
  environment: { ARRAS_TOKEN: "secret" },
};

const load = { memoryFreeBytes: 2 ** 41, loadAverage: 1.5 };
const usedBytes = 2 ** 33;

it("a heartbeat -> what the node is and can, memory beyond 32 bits too", () => {
  const bytes = heartbeatBytes(settings, {
    memoryEnforcement: "cgroup-v2",
    drainLeftMs: 0,
    load,
    usedBytes,
    bundles: ["b1"],
  });
  expect(fromBinary(HeartbeatSchema, bytes)).toMatchObject({
    nodeId: "n-1",
    host: "render07",
    coreCount: 96,
    memoryBytes: 4_398_046_515_200n,
    coresShared: true,
    renderers: ["embree", "fake"],
    architecture: "x64",
    tags: ["gpu"],
    memoryEnforcement: "cgroup-v2",
    softwareVersion,
    draining: true,
    instructionSet: "avx2",
    rendererVersions: ["embree 3.13.5", "fake 1"],
    gpus: [{ name: "NVIDIA L4", memoryBytes: 24_152_899_584n }],
    memoryFreeBytes: 2n ** 41n,
    loadAverage: 1.5,
    startedAtMs: 1_790_000_000_123n,
    drainLeftMs: 0,
    bundles: ["b1"],
    memoryUsedBytes: 2n ** 33n,
  });
  const bundles = Array.from({ length: limits.heartbeatBundlesMax + 1 }, (_, at) => `b${at}`);
  const staying = heartbeatBytes(settings, {
    memoryEnforcement: "cgroup-v2",
    drainLeftMs: undefined,
    load,
    usedBytes,
    bundles,
  });
  expect(fromBinary(HeartbeatSchema, staying)).toMatchObject({ draining: false, bundles: bundles.slice(0, -1) });
});

it("a computation's usage -> whose it is, now and at most", () => {
  const order = create(LaunchOrderSchema, { sessionId: "s", computation: "mcrt_i0", attempt: 2 });
  const running = new Running(order, 2 ** 40, {} as RunningComputation, { node: "n-1", host: "render07" });
  running.judge({ residentBytes: 5_000_000_000, peakBytes: 6_000_000_000 });
  expect(fromBinary(ComputationUsageSchema, usageBytes("n-1", running))).toMatchObject({
    nodeId: "n-1",
    sessionId: "s",
    computation: "mcrt_i0",
    memoryBytes: 5_000_000_000n,
    peakMemoryBytes: 6_000_000_000n,
  });
});
