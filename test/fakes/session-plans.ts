// A planned session of one merger and some computations, all on one node.
import { create } from "@bufbuild/protobuf";
import type { Berth } from "../../coordinator/berth.ts";
import { recordFormat } from "../../coordinator/records/session-record.ts";
import type { SessionPlan } from "../../coordinator/session-plan.ts";
import { ComputationKind, LaunchOrderSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionRecordSchema } from "../../proto/gen/arras/v1/record_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { fakeRender, smallFilm } from "./films.ts";

export function berth(name: string): Berth {
  return { name, nodeId: "n", threadCount: 1, memoryLimitBytes: 1, coresReserved: 1, environment: {} };
}

export function sessionPlan(overrides: Partial<SessionPlan> = {}): SessionPlan {
  return {
    sessionId: "s",
    base: sessionRecord(),
    render: fakeRender(),
    sceneName: "scene.gltf",
    film: smallFilm({ widthPx: 16, heightPx: 16 }),
    budgetSpp: 1,
    adaptive: {},
    durationMs: undefined,
    connectTimeoutMs: 5_000,
    placelessMsMax: 120_000,
    merge: berth("merge"),
    mcrts: [berth("mcrt_i0"), berth("mcrt_i1")],
    token: "secret",
    notices: [],
    orderFor: ({ name }, attempt) => create(LaunchOrderSchema, { sessionId: "s", computation: name, attempt }),
    ...overrides,
  };
}

/** A record of such a session, as another coordinator left it: everything launched once, on node "n". */
export function sessionRecord(overrides: Partial<SessionRecord> = {}): SessionRecord {
  const computation = (name: string, kind: ComputationKind) => ({
    name,
    kind,
    nodeId: "n",
    attempt: 1,
    threadCount: 1,
    memoryLimitBytes: 1n,
    coresReserved: 1,
  });
  const record = create(SessionRecordSchema, {
    format: recordFormat,
    sessionId: "s",
    requestId: "r",
    spec: {},
    token: "secret",
    state: SessionState.STARTING,
    epoch: 1,
    owner: "another",
    computations: [
      computation("merge", ComputationKind.MERGE),
      computation("mcrt_i0", ComputationKind.MCRT),
      computation("mcrt_i1", ComputationKind.MCRT),
    ],
  });
  return Object.assign(record, overrides);
}

/** What a session asks of its coordinator, of one that owns it and keeps nothing. */
export const owning = {
  mayAct: () => true,
  save: () => undefined,
  epochOffsetMs: 0,
  berthFor: (berth: Berth) => berth,
  release: () => {},
  renderingEnded: () => {},
};
