// Places of computations on nodes that come, go, leave and return.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Berths } from "../../../coordinator/berths.ts";
import { placeSession } from "../../../coordinator/placement/placement.ts";
import type { PlacementRequest } from "../../../coordinator/placement/placement-request.ts";
import type { ExpandedComputation } from "../../../coordinator/session-definition/expand.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";

const heartbeat = (nodeId: string, draining = false) =>
  create(HeartbeatSchema, {
    nodeId,
    host: nodeId,
    coreCount: 2,
    memoryBytes: 4n * 2n ** 30n,
    renderers: ["fake"],
    architecture: "x64",
    draining,
  });

const mcrt = (index: number, minCores: number): ExpandedComputation => ({
  name: `mcrt_i${index}`,
  group: "mcrt",
  index,
  kind: "mcrt",
  minCores,
  maxCores: minCores,
  memoryMB: 1024,
  reservedCores: 0,
  maxThreads: undefined,
  hostnamePin: undefined,
  locality: "any",
  environment: {},
  logLevel: undefined,
  options: {},
});

/** A session of two computations, one on each of two nodes. */
function twoNodes(minCores = 1) {
  const berths = new Berths();
  for (const node of ["a", "b"]) berths.heard(0, heartbeat(node));
  const request: PlacementRequest = {
    sessionId: "s",
    computations: [mcrt(0, minCores), mcrt(1, minCores)],
    renderer: "fake",
  };
  const nodes = berths.present(0);
  const outcome = placeSession(request, nodes, berths.reservations);
  if (outcome.t === "refused") throw outcome.error;
  berths.take(request, outcome.placements, nodes);
  const places = outcome.placements.map(({ computation, nodeId, threadCount, memoryMB }) => ({
    name: computation.name,
    nodeId,
    threadCount,
    memoryLimitBytes: memoryMB * 2 ** 20,
    coresReserved: 1,
    environment: {},
  }));
  const on = (nodeId: string) => places.find((each) => each.nodeId === nodeId)!;
  return { berths, on };
}

describe("berths", () => {
  it("a node stays -> its computation is started again where it was", () => {
    const { berths, on } = twoNodes();
    expect(berths.berthFor(1000, "s", on("a"))).toBe(on("a"));
  });

  it("a node is lost -> named once, nothing is reserved there, its computation goes to the other", () => {
    const { berths, on } = twoNodes();
    berths.heard(3000, heartbeat("b"));
    expect(berths.takeLost(3000)).toEqual([]);
    expect(berths.takeLost(3001).map(({ id }) => id)).toEqual(["a"]);
    expect(berths.takeLost(3001)).toEqual([]);
    expect(berths.reservations.onNode("a")).toEqual([]);
    expect(berths.berthFor(3001, "s", on("a"))).toMatchObject({ name: on("a").name, nodeId: "b", threadCount: 1 });
    expect(berths.reservations.onNode("b")).toHaveLength(2);
  });

  it("a lost node is heard of again -> what it was left with is to be ended, told once", () => {
    const { berths, on } = twoNodes();
    berths.heard(3000, heartbeat("b"));
    berths.takeLost(3001);
    const leftBehind = [{ sessionId: "s", computation: on("a").name }];
    expect(berths.heard(4000, heartbeat("a"))).toEqual({ isNew: true, leftBehind });
    expect(berths.heard(5000, heartbeat("a"))).toEqual({ isNew: false, leftBehind: [] });
  });

  it("there is no room elsewhere -> resources-insufficient and nothing taken; a node comes -> placed there", () => {
    const { berths, on } = twoNodes(2);
    berths.heard(3000, heartbeat("b"));
    berths.takeLost(3001);
    const ask = (nowMs: number) => berths.berthFor(nowMs, "s", on("a"));
    expect(() => ask(3001)).toThrow(expect.objectContaining({ code: "resources-insufficient" }));
    expect(berths.reservations.ofSession("s")).toHaveLength(1);
    berths.heard(3500, heartbeat("c"));
    expect(ask(3500).nodeId).toBe("c");
  });

  it("a node drains -> what ended there goes elsewhere, and its reservation with it", () => {
    const { berths, on } = twoNodes();
    berths.heard(100, heartbeat("a", true));
    expect(berths.berthFor(100, "s", on("a")).nodeId).toBe("b");
    expect(berths.reservations.onNode("a")).toEqual([]);
  });

  it("a node drains and there is no room elsewhere -> it keeps what it has reserved", () => {
    const { berths, on } = twoNodes(2);
    berths.heard(100, heartbeat("a", true));
    expect(() => berths.berthFor(100, "s", on("a"))).toThrow();
    expect(berths.reservations.onNode("a")).toHaveLength(1);
  });

  it("nobody could be heard for a while -> nobody is lost by that", () => {
    const { berths } = twoNodes();
    berths.forgive(60_000);
    expect(berths.takeLost(63_000)).toEqual([]);
  });

  it("its session has ended -> session-missing, nothing reserved", () => {
    const { berths, on } = twoNodes();
    berths.releaseSession("s");
    expect(() => berths.berthFor(1, "s", on("a"))).toThrow(expect.objectContaining({ code: "session-missing" }));
    expect(berths.reservations.onNode("a")).toEqual([]);
  });
});
