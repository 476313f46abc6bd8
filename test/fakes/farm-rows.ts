// Nodes, sessions and events of a small farm, as a coordinator tells them.
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import {
  EventKind,
  type FarmEvent,
  FarmEventSchema,
  type NodeRow,
  NodeRowSchema,
  NodeState,
  type SessionRow,
  SessionRowSchema,
} from "../../proto/gen/arras/v1/farm_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";

type Fields<Schema extends DescMessage, Whole> = Exclude<MessageInitShape<Schema>, Whole>;

export const gb = 2n ** 30n;

export function nodeRow(fields: Fields<typeof NodeRowSchema, NodeRow> = {}): NodeRow {
  return create(NodeRowSchema, {
    nodeId: "render1-1a2b3c4d",
    host: "render1",
    state: NodeState.READY,
    coreCount: 8,
    reservedCoreCount: 4,
    memoryBytes: 24n * gb,
    reservedMemoryBytes: 6n * gb,
    usedMemoryBytes: (31n * gb) / 10n,
    memoryEnforcement: "cgroup-v2",
    renderers: [{ name: "embree", version: "4.3.3" }],
    architecture: "x64",
    instructionSet: "avx2",
    computations: [
      { sessionId: "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11", computation: "mcrt_i0" },
      { sessionId: "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11", computation: "merge" },
    ],
    softwareVersion: "0.1.0",
    heardAgoMs: 420,
    ...fields,
  });
}

export function sessionRow(fields: Fields<typeof SessionRowSchema, SessionRow> = {}): SessionRow {
  return create(SessionRowSchema, {
    sessionId: "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11",
    user: "ann",
    state: SessionState.RENDERING,
    owner: "coord1-77aa",
    scene: "shot.glb",
    widthPx: 1920,
    heightPx: 1080,
    budgetSpp: 512,
    progress: {
      sppMean: 128,
      fraction: 0.25,
      error: 0.0213,
      samplesPerSecond: 4_500_000,
      computationCount: 4,
      remainingMs: 754_000n,
    },
    computations: [
      {
        computation: "mcrt_i0",
        nodeId: "render1-1a2b3c4d",
        restartCount: 1,
        peakMemoryBytes: (17n * gb) / 10n,
        threadCount: 4,
        memoryLimitBytes: 2n * gb,
      },
      { computation: "merge", nodeId: "render1-1a2b3c4d", peakMemoryBytes: gb / 2n, memoryLimitBytes: gb },
    ],
    createdAtMs: 1_700_000_000_000n,
    startedAtMs: 1_700_000_001_000n,
    ...fields,
  });
}

export function farmEvent(sequence: number, fields: Fields<typeof FarmEventSchema, FarmEvent> = {}): FarmEvent {
  return create(FarmEventSchema, {
    sequence: BigInt(sequence),
    id: `e${sequence}`,
    atMs: BigInt(1_700_000_000_000 + sequence * 1000),
    kind: EventKind.SESSION_RENDERING,
    sessionId: "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11",
    text: "Rendering",
    ...fields,
  });
}
