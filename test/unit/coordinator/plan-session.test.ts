// From a client's specification to a plan: what is checked, what is placed, what a process is told.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ReservationLedger } from "../../../coordinator/placement/reservations.ts";
import { type PlanningContext, planSession } from "../../../coordinator/plan-session.ts";
import { filmSpecToMessage } from "../../../proto/film-spec-message.ts";
import { ComputationKind } from "../../../proto/gen/arras/v1/node_pb.ts";
import { SampleBudgetSchema, type SessionSpec, SessionSpecSchema } from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { fakeRender, smallFilm } from "../../fakes/films.ts";
import { definitionJson } from "../../fakes/session-specs.ts";

const context: PlanningContext = {
  sessionId: "s",
  requestId: "r",
  user: "",
  owner: "c",
  createdAtMs: 1_000,
  token: "secret",
  nodes: [
    {
      id: "n",
      host: "h",
      cores: 8,
      memoryMB: 16_384,
      coresPolicy: "shared",
      renderers: ["fake"],
      tags: [],
      architecture: "x64",
    },
  ],
  reservations: new ReservationLedger(),
  coordinatorAddress: "unix:/door",
  coordinatorCaPem: "the authority",
  mergerAddress: "unix:/m",
  clientHost: "h",
  beginning: { checkpoint: "", formerCheckpoint: "", instructionSet: "" },
  logLevel: 4,
};

function spec(overrides: Partial<SessionSpec> = {}): SessionSpec {
  const message = create(SessionSpecSchema, {
    definitionJson,
    definitionSource: "test.sessiondef",
    render: fakeRender("", { scenePath: "/shots/a/scene.gltf" }),
    film: filmSpecToMessage(smallFilm()),
    budget: { spp: 16 },
  });
  return Object.assign(message, overrides);
}

const budget = (fields: MessageInitShape<typeof SampleBudgetSchema>) => ({
  budget: create(SampleBudgetSchema, { spp: 16, ...fields }),
});

describe("a planned session", () => {
  it("a plain specification -> merger and computations with their places, no target, a minute to connect", () => {
    const { plan, placements } = planSession(spec({ mcrtCountMin: 2, mcrtCountMax: 2 }), context);
    expect(plan.merge.nodeId).toBe("n");
    expect(plan.mcrts).toHaveLength(2);
    expect(placements).toHaveLength(3);
    expect(plan).toMatchObject({
      sessionId: "s",
      sceneName: "scene.gltf",
      budgetSpp: 16,
      adaptive: {},
      durationMs: undefined,
      connectTimeoutMs: limits.launchTimeoutMs,
      film: smallFilm(),
    });
    expect(plan.mcrts.every(({ memoryLimitBytes }) => memoryLimitBytes > 0)).toBe(true);
  });

  it("orders for its processes -> who they are, where to go, with the token and the attempt", () => {
    const { plan } = planSession(spec(), context);
    const [mcrt] = plan.mcrts;
    expect(plan.orderFor(mcrt!, 3)).toMatchObject({
      sessionId: "s",
      computation: mcrt!.name,
      attempt: 3,
      kind: ComputationKind.MCRT,
      token: "secret",
      threadCount: mcrt!.threadCount,
      coordinatorAddress: "unix:/door",
      coordinatorCaPem: "the authority",
      listenAddress: "",
      nodeId: "n",
      logLevel: 4,
    });
    expect(plan.orderFor(plan.merge, 1)).toMatchObject({ kind: ComputationKind.MERGE, listenAddress: "unix:/m" });
  });

  it("a target, a minimum, a duration, a time to connect -> taken over", () => {
    const wishes = { ...budget({ targetError: 0.1, sppMin: 8, durationMs: 5000n }), connectTimeoutMs: 7 };
    expect(planSession(spec(wishes), context).plan).toMatchObject({
      adaptive: { targetError: 0.1, minSpp: 8 },
      durationMs: 5000,
      connectTimeoutMs: 7,
    });
  });

  it("it is only planned -> nothing is reserved", () => {
    planSession(spec(), context);
    const first = planSession(spec(), context).placements.map(({ nodeId }) => nodeId);
    expect(planSession(spec(), context).placements.map(({ nodeId }) => nodeId)).toEqual(first);
  });

  const render = (fields: Parameters<typeof fakeRender>[1]) => (bad: SessionSpec) =>
    Object.assign(bad, { render: fakeRender("", fields) });
  const inBudget = (fields: object) => (bad: SessionSpec) => Object.assign(bad.budget!, fields);
  const { sppMax, pathDepthMax, mcrtCountMax } = limits;
  it.each<[string, string, (bad: SessionSpec) => unknown]>([
    ["no budget", "message-malformed", (bad) => delete bad.budget],
    ["no samples", "message-malformed", inBudget({ spp: 0 })],
    ["more samples than the film takes", "message-malformed", inBudget({ spp: 4097 })],
    ["a negative target", "message-malformed", inBudget({ targetError: -1 })],
    ["a target that is no number", "message-malformed", inBudget({ targetError: Number.NaN })],
    ["a minimum beyond all", "message-malformed", inBudget({ targetError: 1, sppMin: sppMax + 1 })],
    ["no render specification", "message-malformed", (bad) => delete bad.render],
    ["paths of no length", "message-malformed", render({ maxDepth: 0 })],
    ["paths too long", "message-malformed", render({ maxDepth: pathDepthMax + 1 })],
    ["no filter radius", "message-malformed", render({ filterRadiusPx: 0 })],
    ["a filter radius that is no number", "message-malformed", render({ filterRadiusPx: Number.NaN })],
    ["no film", "message-malformed", (bad) => delete bad.film],
    ["more at least than at most", "limit-exceeded", (bad) => Object.assign(bad, { mcrtCountMin: 3, mcrtCountMax: 2 })],
    ["too many computations", "limit-exceeded", (bad) => Object.assign(bad, { mcrtCountMax: mcrtCountMax + 1 })],
    ["a renderer that no node has", "resources-insufficient", render({ renderer: "moonray" })],
  ])("%s -> %s", (_, code, change) => {
    const bad = spec();
    change(bad);
    expect(() => planSession(bad, context)).toThrow(expect.objectContaining({ code }));
  });

  it("a definition that is broken -> its mistakes, with the place it came from", () => {
    expect(() => planSession(spec({ definitionJson: "{" }), context)).toThrow(/test\.sessiondef/);
  });

  it("no node is there -> resources-insufficient", () => {
    expect(() => planSession(spec(), { ...context, nodes: [] })).toThrow(
      expect.objectContaining({ code: "resources-insufficient" }),
    );
  });
});
