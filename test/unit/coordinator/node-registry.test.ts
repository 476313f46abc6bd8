// Nodes that are there, by their heartbeats.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { NodeRegistry } from "../../../coordinator/node-registry.ts";
import { progressMessage } from "../../../coordinator/progress-message.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";

const heartbeat = (nodeId: string, coreCount = 4) =>
  create(HeartbeatSchema, {
    nodeId,
    host: `host-${nodeId}`,
    coreCount,
    memoryBytes: BigInt(3 * 2 ** 20 + 5),
    coresShared: true,
    renderers: ["embree"],
    tags: ["fast"],
    architecture: "x64",
    bundles: ["b1", "b2"],
  });

describe("the node registry", () => {
  it("a heartbeat -> the node as placement reads it, whole megabytes", () => {
    const registry = new NodeRegistry();
    registry.heard(0, heartbeat("a"));
    expect(registry.present(0)).toEqual([
      {
        id: "a",
        host: "host-a",
        cores: 4,
        memoryMB: 3,
        coresPolicy: "shared",
        renderers: ["embree"],
        tags: ["fast"],
        architecture: "x64",
        instructionSet: "",
        rendererVersions: [],
        bundles: ["b1", "b2"],
      },
    ]);
  });

  it("a later heartbeat -> replaces what was known", () => {
    const registry = new NodeRegistry();
    registry.heard(0, heartbeat("a", 4));
    registry.heard(10, heartbeat("a", 2));
    expect(registry.present(10).map(({ cores }) => cores)).toEqual([2]);
  });

  it("three missed heartbeats -> there still; more -> lost, until it is heard of again", () => {
    const registry = new NodeRegistry();
    registry.heard(0, heartbeat("a"));
    registry.heard(1000, heartbeat("b"));
    expect(registry.present(3000).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(registry.present(3001).map(({ id }) => id)).toEqual(["b"]);
    registry.heard(5000, heartbeat("a"));
    expect(registry.present(5000).map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("a node that others speak of", () => {
  it("it is heard of in time -> a node like any other; it is not -> lost, once, like one that fell silent", () => {
    const registry = new NodeRegistry();
    registry.expect(0, "a");
    registry.expect(0, "b");
    registry.expect(2000, "b");
    expect(registry.present(0)).toEqual([]);
    expect(registry.heard(1000, heartbeat("a"))).toBe(true);
    expect(registry.takeLost(3000)).toEqual([]);
    expect(registry.takeLost(3001).map(({ id }) => id)).toEqual(["b"]);
    expect(registry.takeLost(3002)).toEqual([]);
  });

  it("nobody could be heard for a while -> its time begins again; it is known already -> nothing is expected", () => {
    const registry = new NodeRegistry();
    registry.expect(0, "a");
    registry.forgive(60_000);
    expect(registry.takeLost(63_000)).toEqual([]);
    registry.heard(63_000, heartbeat("c"));
    registry.expect(63_000, "c");
    registry.heard(66_000, heartbeat("c"));
    expect(registry.takeLost(66_500).map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("progress for watchers", () => {
  const progress = {
    sppMean: 2.5,
    sppMin: 2,
    budgetSpp: 10,
    fraction: 0.25,
    pixelSamples: 100,
    errorRms: null,
    errorMax: null,
    restMs: null,
    coarseTileCount: 3,
    openTileCount: 4,
    tileCount: 4,
    computationCount: 2,
    grantedCount: 9,
    hedgedCount: 0,
    bisectedCount: 0,
    verifiedCount: 0,
    uncheckedCount: 0,
  };

  it("nothing is known of errors and time -> zeros", () => {
    expect(progressMessage(progress, 12)).toMatchObject({
      sppMean: 2.5,
      budgetSpp: 10,
      fraction: 0.25,
      error: 0,
      samplesPerSecond: 12,
      computationCount: 2,
      remainingMs: 0n,
      coarseComplete: false,
    });
  });

  it("all is known -> whole milliseconds, the coarse picture complete", () => {
    const known = { ...progress, errorRms: 0.1, restMs: 1234.6, coarseTileCount: 4 };
    expect(progressMessage(known, 12)).toMatchObject({ error: 0.1, remainingMs: 1235n, coarseComplete: true });
  });
});
