// From a client's specification to a plan: what is checked, what is placed, what a process is told.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { placeSession } from "../../../coordinator/placement/placement.ts";
import { ReservationLedger } from "../../../coordinator/placement/reservations.ts";
import { type PlanningContext, placedPlan, planSession } from "../../../coordinator/plan-session.ts";
import { filmSpecToMessage } from "../../../proto/film-spec-message.ts";
import { ComputationKind } from "../../../proto/gen/arras/v1/node_pb.ts";
import {
  SampleBudgetSchema,
  type SessionSpec,
  SessionSpecSchema,
  SessionState,
} from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { fakeRender, smallFilm } from "../../fakes/films.ts";
import { definitionJson } from "../../fakes/session-specs.ts";
import { node } from "./placement/placement-fixtures.ts";

const context: PlanningContext = {
  sessionId: "s",
  requestId: "r",
  user: "",
  owner: "c",
  createdAtMs: 1_000,
  token: "secret",
  coordinatorAddress: "unix:/door",
  coordinatorCaPem: "the authority",
  mergerAddress: "unix:/m",
  clientHost: "h",
  beginning: { checkpoint: "", formerCheckpoint: "", instructionSet: "", rendererBuild: "" },
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

const nodes = [node("n", { host: "h", memoryMB: 16_384, coresPolicy: "shared", renderers: ["fake"] })];

/** Planned, and placed on a farm of one node that is empty. */
function placed(given: SessionSpec) {
  const { plan, request } = planSession(given, context);
  const outcome = placeSession(request, nodes, new ReservationLedger());
  if (outcome.t === "refused") throw outcome.error;
  return placedPlan(plan, outcome.placements, ["a note"]);
}

describe("a planned session", () => {
  it("a plain specification -> no places yet, and a record of a session that waits", () => {
    const { plan } = planSession(spec(), context);
    expect([plan.merge, plan.mcrts, plan.base.computations]).toEqual([undefined, [], []]);
    expect(plan.base.state).toBe(SessionState.QUEUED);
  });

  it("it is placed -> merger and computations with their places, no target, a minute to connect", () => {
    const plan = placed(spec({ mcrtCountMin: 2, mcrtCountMax: 2 }));
    expect(plan.merge?.nodeId).toBe("n");
    expect(plan.mcrts).toHaveLength(2);
    expect(plan.base.computations).toHaveLength(3);
    expect(plan.base.state).toBe(SessionState.STARTING);
    expect(plan.notices).toContain("a note");
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
    const plan = placed(spec());
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
    expect(plan.orderFor(plan.merge!, 1)).toMatchObject({ kind: ComputationKind.MERGE, listenAddress: "unix:/m" });
  });

  it("a target, a minimum, a duration, a time to connect -> taken over", () => {
    const wishes = { ...budget({ targetError: 0.1, sppMin: 8, durationMs: 5000n }), connectTimeoutMs: 7 };
    expect(planSession(spec(wishes), context).plan).toMatchObject({
      adaptive: { targetError: 0.1, minSpp: 8 },
      durationMs: 5000,
      connectTimeoutMs: 7,
    });
  });

  it("tags, fewer cores where they are not free -> asked of placement", () => {
    const { request } = planSession(spec({ wishedTags: ["gpu"], autoFit: true }), context);
    expect(request).toMatchObject({ sessionId: "s", tags: ["gpu"], autoFit: true, renderer: "fake", clientHost: "h" });
  });

  const render = (fields: Parameters<typeof fakeRender>[1]) => (bad: SessionSpec) =>
    Object.assign(bad, { render: fakeRender("", fields) });
  const inBudget = (fields: object) => (bad: SessionSpec) => Object.assign(bad.budget!, fields);
  const { sppMax, pathDepthMax, mcrtCountMax, priorityMax, queueTimeoutMsMax, wishedTagsMax, tagCharsMax } = limits;
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
    ["a priority beyond all", "limit-exceeded", (bad) => Object.assign(bad, { priority: priorityMax + 1 })],
    ["to wait for ever", "limit-exceeded", (bad) => Object.assign(bad, { queueTimeoutMs: queueTimeoutMsMax + 1 })],
    [
      "too many tags",
      "limit-exceeded",
      (bad) => Object.assign(bad, { wishedTags: Array(wishedTagsMax + 1).fill("a") }),
    ],
    ["too long a tag", "limit-exceeded", (bad) => Object.assign(bad, { wishedTags: ["x".repeat(tagCharsMax + 1)] })],
  ])("%s -> %s", (_, code, change) => {
    const bad = spec();
    change(bad);
    expect(() => planSession(bad, context)).toThrow(expect.objectContaining({ code }));
  });

  it("a definition that is broken -> its mistakes, with the place it came from", () => {
    expect(() => planSession(spec({ definitionJson: "{" }), context)).toThrow(/test\.sessiondef/);
  });
});
