// Nodes, sessions and events as people see them: the whole texts, in 100 columns.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { eventKindName, eventLine } from "../../../../cli/farm-command/event-line.ts";
import { nodePage, nodeTable } from "../../../../cli/farm-command/node-table.ts";
import { sessionPage, sessionTable } from "../../../../cli/farm-command/session-table.ts";
import { ErrorDetailSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { EventKind, NodeState } from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { farmEvent, gb, nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";

const nowMs = 1_700_000_090_000;
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

describe("nodes", () => {
  it("three of them -> a table with what is reserved of what, and the sum of those that take part", () => {
    const text = nodeTable(
      [
        nodeRow(),
        nodeRow({ nodeId: "render2-99", state: NodeState.DRAINING, computations: [], heardAgoMs: 1200 }),
        nodeRow({ nodeId: "old-1", state: NodeState.REFUSED, softwareVersion: "0.0.9", computations: [] }),
      ],
      100,
    );
    expect(text).toBe(
      [
        "NODE              STATE     CORES  MEMORY GB  USED  LIMITS     RENDERERS  CPU       RUNS  HEARD",
        "render1-1a2b3c4d  ready       4/8   6.0/24.0   3.1  cgroup-v2  embree     x64 avx2     2  0.4 s",
        "render2-99        draining    4/8   6.0/24.0   3.1  cgroup-v2  embree     x64 avx2     0  1.2 s",
        "old-1             refused     4/8   6.0/24.0   3.1  cgroup-v2  embree     x64 avx2     0  0.4 s",
        "2 nodes: 16 cores (8 reserved), 48.0 GB (12.0 reserved)",
        "1 node refused, of version 0.0.9: install the coordinator's there",
        "",
      ].join("\n"),
    );
  });

  it("long names, GPUs and tags -> still in 100 columns", () => {
    const text = nodeTable(
      [
        nodeRow({
          nodeId: `${"render-farm-host".repeat(3)}-1a2b3c4d`,
          gpus: [{ name: "NVIDIA GeForce RTX 4090" }],
          tags: ["gpu", "big-memory"],
          renderers: ["embree", "moonray", "cycles"].map((name) => ({ name })),
        }),
      ],
      100,
    );
    expect(widest(text)).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^render-fa…/m);
  });

  it("none -> how one joins", () => {
    expect(nodeTable([], 100)).toContain("arras-node --nats");
  });

  it("one -> a page of all that is known", () => {
    expect(
      nodePage(
        nodeRow({
          tags: ["gpu"],
          cachedSceneCount: 2,
          gpus: [{ name: "NVIDIA L4", memoryBytes: 24n * gb }],
          freeMemoryBytes: 20n * gb,
          loadAverage: 3.456,
        }),
      ),
    ).toBe(
      [
        "node       render1-1a2b3c4d",
        "host       render1",
        "state      ready",
        "software   0.1.0",
        "heard      0.4 s ago",
        "cores      8, 4 reserved",
        "memory     24.0 GB, 6.0 GB reserved",
        "in use     3.1 GB by computations; 20.0 GB free",
        "load       3.46",
        "limits by  cgroup-v2",
        "machine    x64 avx2",
        "gpus       NVIDIA L4 (24.0 GB)",
        "renderers  embree 4.3.3",
        "tags       gpu",
        "scenes     2 in its cache",
        "runs       mcrt_i0 of session 3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11",
        "           merge of session 3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11",
        "",
      ].join("\n"),
    );
  });
});

describe("sessions", () => {
  const waiting = sessionRow({
    sessionId: "99aa1a52-9d3e-4d0b-9a34-0d4f2f6a7f11",
    state: SessionState.STARTING,
    computations: [],
    priority: 5,
    owner: "",
    startedAtMs: 0n,
    queue: {
      position: 1,
      waitingCount: 2,
      reason: "8.0 GB are missing",
      unblocks: "a node",
    },
  });

  it("one renders, one waits -> a table, and below the second what it waits for", () => {
    const text = sessionTable([sessionRow(), { ...waiting, progress: undefined } as typeof waiting], nowMs, 100);
    expect(text).toBe(
      [
        "SESSION   STATE      USER  PRIO  SCENE          SIZE      SPP  DONE   ERROR    ETA  RUNS  OWNER    AGE",
        "3f0c1a52  rendering  ann         shot.glb  1920x1080  128/512   25%  0.0213  12:34     4  coord…  90 s",
        "99aa1a52  starting   ann      5  shot.glb  1920x1080    0/512                          0          90 s",
        "  waits at place 1 of 2: 8.0 GB are missing",
        "  needs a node",
        "",
      ].join("\n"),
    );
  });

  it("one that rendered has lost its places -> why", () => {
    const queue = { position: 0, waitingCount: 0, reason: "Node n is leaving", unblocks: "a node with room" };
    const text = sessionTable([sessionRow({ queue })], nowMs, 100);
    expect(text).toMatch(/\n {2}waits without a place: Node n is leaving\n {2}needs a node with room\n/);
  });

  it("ids that begin alike -> as many characters as tell them apart", () => {
    const text = sessionTable([sessionRow(), sessionRow({ sessionId: "3f0c1a52-9dff" })], nowMs, 100);
    expect(text).toMatch(/^3f0c1a52-9d3 /m);
    expect(text).toMatch(/^3f0c1a52-9df /m);
  });

  it("long names -> still in 100 columns; none -> said", () => {
    const long = sessionRow({ scene: "x".repeat(90), user: "y".repeat(40), owner: "z".repeat(50) });
    const queued = sessionRow({ sessionId: "77aa1a52-9d3e", queue: { position: 3, reason: "r".repeat(300) } });
    expect(widest(sessionTable([long, queued], nowMs, 100))).toBeLessThanOrEqual(100);
    expect(sessionTable([], nowMs, 100)).toBe("No sessions.\n");
  });

  it("one -> a page, and its computations", () => {
    const error = create(ErrorDetailSchema, { code: "memory-exceeded", message: "2 GB", action: "Raise it." });
    const lines = sessionPage(sessionRow({ state: SessionState.FAILED, error }), nowMs, 100).split("\n");
    expect(lines).toContain("state       failed");
    expect(lines).toContain("progress    128/512 spp, 25%");
    expect(lines).toContain("speed       4.5M samples/s");
    expect(lines).toContain("left        12:34");
    expect(lines).toContain("failed      [memory-exceeded] 2 GB. Raise it.");
    expect(lines.slice(-4)).toEqual([
      "COMPUTATION  NODE              THREADS  PEAK GB  LIMIT GB  RESTARTS",
      "mcrt_i0      render1-1a2b3c4d        4      1.7       2.0         1",
      "merge        render1-1a2b3c4d               0.5       1.0         0",
      "",
    ]);
    expect(sessionPage(waiting, nowMs, 100)).toContain(
      `waits       at place 1 of 2: 8.0 GB are missing\nneeds       a node`,
    );
  });
});

describe("events", () => {
  it("a session's and a node's -> when, what, who, and the sentence", () => {
    expect(eventLine(farmEvent(1)).slice(19)).toBe("  session-rendering      3f0c1a52           Rendering\n");
    const lost = farmEvent(2, { kind: EventKind.NODE_LOST, sessionId: "", nodeId: "n-1", text: "h is \u001b[1mlost" });
    expect(eventLine(lost).slice(19)).toBe("  node-lost              n-1                h is  [1mlost\n");
  });

  it("a kind of a later version -> unknown", () => {
    expect(eventKindName(9999 as EventKind)).toBe("unknown");
    expect(eventKindName(EventKind.COMPUTATION_MEMORY_EXCEEDED)).toBe("computation-memory-exceeded");
  });
});
