// A planned session of one merger and some computations, all on one node.
import { create } from "@bufbuild/protobuf";
import type { Berth } from "../../coordinator/crew.ts";
import type { SessionPlan } from "../../coordinator/session-plan.ts";
import { LaunchOrderSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { fakeRender, smallFilm } from "./films.ts";

export function berth(name: string): Berth {
  return { name, nodeId: "n", threadCount: 1, memoryLimitBytes: 1, environment: {} };
}

export function sessionPlan(overrides: Partial<SessionPlan> = {}): SessionPlan {
  return {
    sessionId: "s",
    render: fakeRender(),
    sceneName: "scene.gltf",
    film: smallFilm({ widthPx: 16, heightPx: 16 }),
    budgetSpp: 1,
    adaptive: {},
    durationMs: undefined,
    connectTimeoutMs: 5_000,
    merge: berth("merge"),
    mcrts: [berth("mcrt_i0"), berth("mcrt_i1")],
    token: "secret",
    notices: [],
    orderFor: ({ name }, attempt) => create(LaunchOrderSchema, { sessionId: "s", computation: name, attempt }),
    ...overrides,
  };
}
