// Places of computations on nodes that come, go, leave and return.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Berths } from "../../../coordinator/berths.ts";
import type { PlacementRequest } from "../../../coordinator/placement/placement-request.ts";
import { ledgerOf } from "../../../coordinator/placement/places.ts";
import { ReservationTable } from "../../../coordinator/reservation-table.ts";
import type { ExpandedComputation } from "../../../coordinator/session-definition/expand.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { silentLog } from "../../fakes/silent-log.ts";

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

const patience = { isPassedEnough: () => false, isStalled: () => false };

/** A session of two computations, one on each of two nodes. */
async function twoNodes(minCores = 1, quarantined: ReadonlySet<string> = new Set()) {
  const store = new InMemoryKeyValue();
  const table = new ReservationTable(store, silentLog);
  const berths = new Berths(table, (nodeId) => quarantined.has(nodeId));
  for (const node of ["a", "b"]) berths.heard(0, heartbeat(node));
  const computations = [mcrt(0, minCores), mcrt(1, minCores)];
  const request: PlacementRequest = { sessionId: "s", computations, renderer: "fake" };
  const arrival = { sessionId: "s", user: "", priority: 50, request, mayWait: false };
  const admission = await berths.admit(0, arrival, patience);
  if (admission.t === "queued") throw new Error("it has no places");
  const places = admission.start.placements.map(({ computation, nodeId, threadCount, memoryMB }) => ({
    name: computation.name,
    nodeId,
    threadCount,
    memoryLimitBytes: memoryMB * 2 ** 20,
    coresReserved: 1,
    environment: {},
  }));
  const on = (nodeId: string) => places.find((each) => each.nodeId === nodeId)!;
  const onNode = (nodeId: string) => ledgerOf(table.places).onNode(nodeId);
  return { berths, store, table, on, onNode };
}

const insufficient = expect.objectContaining({ code: "resources-insufficient" });

describe("berths", () => {
  it("a node is quarantined -> nothing is started there again, and nothing new", async () => {
    const quarantined = new Set<string>();
    const { berths, on } = await twoNodes(1, quarantined);
    quarantined.add("a");
    expect(await berths.berthFor(1000, "s", on("a"))).toMatchObject({ name: on("a").name, nodeId: "b" });
    quarantined.add("b");
    await expect(berths.berthFor(1000, "s", on("b"))).rejects.toEqual(insufficient);
  });

  it("a node stays -> its computation is started again where it was, without asking the store", async () => {
    const { berths, store, on } = await twoNodes();
    store.setAway(true);
    expect(await berths.berthFor(1000, "s", on("a"))).toBe(on("a"));
  });

  it("a node is lost -> named once, nothing is reserved there, its computation goes to the other", async () => {
    const { berths, on, onNode } = await twoNodes();
    berths.heard(3000, heartbeat("b"));
    expect(berths.takeLost(3000)).toEqual([]);
    expect(berths.takeLost(3001).map(({ id }) => id)).toEqual(["a"]);
    expect(berths.takeLost(3001)).toEqual([]);
    await berths.settle();
    expect(onNode("a")).toEqual([]);
    expect(await berths.berthFor(3001, "s", on("a"))).toMatchObject({
      name: on("a").name,
      nodeId: "b",
      threadCount: 1,
    });
    expect(onNode("b")).toHaveLength(2);
  });

  it("a lost node is heard of again -> what it was left with is to be ended, told once", async () => {
    const { berths, on } = await twoNodes();
    berths.heard(3000, heartbeat("b"));
    berths.takeLost(3001);
    const leftBehind = [{ sessionId: "s", computation: on("a").name }];
    expect(berths.heard(4000, heartbeat("a"))).toEqual({ isNew: true, leftBehind });
    expect(berths.heard(5000, heartbeat("a"))).toEqual({ isNew: false, leftBehind: [] });
  });

  it("there is no room elsewhere -> resources-insufficient and nothing taken; a node comes -> placed there", async () => {
    const { berths, table, on } = await twoNodes(2);
    berths.heard(3000, heartbeat("b"));
    berths.takeLost(3001);
    await expect(berths.berthFor(3001, "s", on("a"))).rejects.toEqual(insufficient);
    await berths.settle();
    expect(table.places.placed.get("s")?.reservations).toHaveLength(1);
    berths.heard(3500, heartbeat("c"));
    expect((await berths.berthFor(3500, "s", on("a"))).nodeId).toBe("c");
  });

  it("a node drains -> what ended there goes elsewhere, and its reservation with it", async () => {
    const { berths, on, onNode } = await twoNodes();
    berths.heard(100, heartbeat("a", true));
    expect((await berths.berthFor(100, "s", on("a"))).nodeId).toBe("b");
    expect(onNode("a")).toEqual([]);
  });

  it("its film has begun with the bits of one kind of machine -> it goes elsewhere only among those", async () => {
    const { berths, on } = await twoNodes();
    const kind = (nodeId: string, version: string, draining = false) =>
      Object.assign(heartbeat(nodeId, draining), { instructionSet: "avx2", rendererVersions: [`fake ${version}`] });
    berths.pin("s", "fake-1-avx2");
    berths.heard(100, kind("a", "1", true));
    berths.heard(100, kind("b", "2"));
    await expect(berths.berthFor(100, "s", on("a"))).rejects.toEqual(insufficient);
    berths.heard(200, kind("c", "1"));
    expect((await berths.berthFor(200, "s", on("a"))).nodeId).toBe("c");
  });

  it("a node drains and there is no room elsewhere -> it keeps what it has reserved", async () => {
    const { berths, on, onNode } = await twoNodes(2);
    berths.heard(100, heartbeat("a", true));
    await expect(berths.berthFor(100, "s", on("a"))).rejects.toEqual(insufficient);
    expect(onNode("a")).toHaveLength(1);
  });

  it("a node refuses what it was promised -> another; it passed its memory -> twice as much", async () => {
    const { berths, on, onNode } = await twoNodes();
    expect((await berths.berthFor(1, "s", on("a"), "refused")).nodeId).toBe("b");
    const more = await berths.berthFor(1, "s", on("b"), "memory");
    expect(more.memoryLimitBytes).toBe(2 * on("b").memoryLimitBytes);
    expect([...onNode("a"), ...onNode("b")].map(({ memoryMB }) => memoryMB).sort()).toEqual([1024, 2048]);
  });

  it("nobody could be heard for a while -> nobody is lost by that", async () => {
    const { berths } = await twoNodes();
    berths.forgive(60_000);
    expect(berths.takeLost(63_000)).toEqual([]);
  });

  it("its session has ended -> session-missing, nothing reserved; one computation is given up -> the other stays", async () => {
    const { berths, on, onNode } = await twoNodes();
    berths.release("s", on("b").name);
    await berths.settle();
    expect([onNode("a").length, onNode("b").length]).toEqual([1, 0]);
    berths.releaseSession("s");
    await expect(berths.berthFor(1, "s", on("a"))).rejects.toEqual(
      expect.objectContaining({ code: "session-missing" }),
    );
    await berths.settle();
    expect(onNode("a")).toEqual([]);
  });

  it("the store is away when it is given back -> given back later, and before anything new is taken", async () => {
    const { berths, store, table, onNode } = await twoNodes(2);
    store.setAway(true);
    berths.releaseSession("s");
    await expect(berths.settle()).rejects.toEqual(expect.objectContaining({ code: "unavailable" }));
    expect([berths.places.placed.size, table.places.placed.size]).toEqual([0, 1]);
    store.setAway(false);
    const request = { sessionId: "t", computations: [mcrt(0, 2)], renderer: "fake" };
    const arrival = { sessionId: "t", user: "", priority: 50, request, mayWait: false };
    expect((await berths.admit(1, arrival, patience)).t).toBe("placed");
    expect([...onNode("a"), ...onNode("b")].map(({ sessionId }) => sessionId)).toEqual(["t"]);
  });

  it("another coordinator goes on with it -> what it has stays, whatever was to be given back here", async () => {
    const { berths, store, table } = await twoNodes();
    const other = new Berths(new ReservationTable(store, silentLog));
    const request = { sessionId: "s", computations: [mcrt(0, 1), mcrt(1, 1)], renderer: "fake" };
    berths.forget("s");
    other.adopt(0, request, { sessionId: "s", user: "", priority: 50, reservations: [] });
    await Promise.all([berths.settle(), other.settle()]);
    expect(table.places.placed.get("s")?.reservations).toHaveLength(2);
    berths.takeLost(60_000);
    await berths.settle();
    expect(table.places.placed.get("s")?.reservations).toHaveLength(2);
  });
});
