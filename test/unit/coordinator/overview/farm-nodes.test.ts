// Nodes as operators see them.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { FarmNodes } from "../../../../coordinator/overview/farm-nodes.ts";
import { NodeState } from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { type Heartbeat, HeartbeatSchema } from "../../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { softwareVersion } from "../../../../proto/version.ts";

const startedWallMs = 1_700_000_000_000;

function beat(
  nodeId: string,
  more: { draining?: boolean; softwareVersion?: string; startedAtMs?: number } = {},
): Heartbeat {
  return create(HeartbeatSchema, {
    nodeId,
    host: `${nodeId}-host`,
    coreCount: 8,
    memoryBytes: 1000n,
    memoryUsedBytes: 300n,
    renderers: ["embree", "fake"],
    rendererVersions: ["embree 3.13.5"],
    architecture: "x64",
    instructionSet: "avx2",
    memoryEnforcement: "watchdog",
    gpus: [{ name: "NVIDIA L4", memoryBytes: 5n }],
    bundles: ["a", "b"],
    softwareVersion,
    ...more,
    startedAtMs: BigInt(more.startedAtMs ?? startedWallMs - 3_600_000),
  });
}

describe("the farm's nodes", () => {
  let told: string[];
  let nodes: FarmNodes;
  let nowMs: number;
  beforeEach(() => {
    told = [];
    nowMs = 0;
    const record = (happening: Happening) => {
      if ("factId" in happening) told.push(`${happening.t} ${happening.nodeId} ${happening.factId}`);
    };
    nodes = new FarmNodes({ journal: { record }, startedAtMs: 0, startedWallMs });
  });

  /** A second at a time, as nodes live. */
  function pass(seconds: number, ...living: readonly Heartbeat[]): void {
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1000;
      for (const heartbeat of living) nodes.heard(nowMs, heartbeat);
      nodes.judge(nowMs, false);
    }
  }

  it("a node that was there before this coordinator -> in the list, and no news; a later one -> joined", () => {
    pass(4, beat("old"));
    pass(1, beat("old"), beat("new"));
    expect(told).toEqual(["node-joined new 0"]);
    expect(nodes.rows(nowMs, new Map()).map(({ nodeId }) => nodeId)).toEqual(["new", "old"]);
  });

  it("both began at the same time -> joined", () => {
    pass(1, beat("n", { startedAtMs: startedWallMs - 2000 }));
    expect(told).toEqual(["node-joined n 0"]);
  });

  it("its samples were found wrong -> quarantined, until it leaves; another one stays as it is", () => {
    const stateOf = () => nodes.rows(nowMs, new Map()).map(({ state }) => state);
    pass(1, beat("n"), beat("o"));
    nodes.quarantined("n");
    expect(stateOf()).toEqual([NodeState.QUARANTINED, NodeState.READY]);
    pass(1, beat("n", { draining: true }), beat("o"));
    expect(stateOf()).toEqual([NodeState.DRAINING, NodeState.READY]);
  });

  it("it falls silent -> lost; it comes back and is lost again -> the next facts of their kind", () => {
    pass(5, beat("n"));
    pass(3);
    expect(told).toEqual([]);
    pass(1);
    expect(nodes.rows(nowMs, new Map())).toEqual([]);
    pass(1, beat("n"));
    pass(4);
    expect(told).toEqual(["node-lost n 0", "node-joined n 1", "node-lost n 1"]);
  });

  it("it drains, and is silent then -> draining once, and left", () => {
    pass(4, beat("n"));
    pass(3, beat("n", { draining: true }));
    expect(nodes.rows(nowMs, new Map())[0]?.state).toBe(NodeState.DRAINING);
    pass(4);
    expect(told).toEqual(["node-draining n 0", "node-left n 0"]);
  });

  it("nobody could be heard for a while -> nobody is lost by that", () => {
    pass(5, beat("n"));
    nowMs += 60_000;
    nodes.judge(nowMs, true);
    pass(3);
    expect(told).toEqual([]);
  });

  it("another version -> refused once, shown as that, and its silence is no loss", () => {
    const old = beat("n", { softwareVersion: "0.0.9" });
    pass(3, old);
    expect(nodes.rows(nowMs, new Map())[0]).toMatchObject({
      state: NodeState.REFUSED,
      softwareVersion: "0.0.9",
    });
    pass(4);
    expect(told).toEqual(["node-refused n 0"]);
  });

  it("a row -> what the heartbeat says, what is promised there, what is used there", () => {
    pass(1, beat("n"));
    const computations = [{ sessionId: "s", computation: "mcrt_i0" }];
    const promises = new Map([["n", { cores: 4, memoryBytes: 512, computations }]]);
    expect(nodes.rows(nowMs + 400, promises)[0]).toMatchObject({
      nodeId: "n",
      host: "n-host",
      state: NodeState.READY,
      coreCount: 8,
      reservedCoreCount: 4,
      memoryBytes: 1000n,
      reservedMemoryBytes: 512n,
      usedMemoryBytes: 300n,
      renderers: [
        { name: "embree", version: "3.13.5" },
        { name: "fake", version: "" },
      ],
      instructionSet: "avx2",
      computations,
      heardAgoMs: 400,
      cachedSceneCount: 2,
    });
  });

  it("more nodes than a farm has -> the others are not taken in", () => {
    for (let index = 0; index <= limits.nodesMax; index += 1) nodes.heard(0, beat(`n${index}`));
    expect(nodes.rows(0, new Map())).toHaveLength(limits.nodesMax);
  });
});
