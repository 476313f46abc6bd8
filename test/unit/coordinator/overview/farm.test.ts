// The whole farm as one coordinator knows it.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentJournal } from "../../../../coordinator/journal/happening.ts";
import { Farm } from "../../../../coordinator/overview/farm.ts";
import { FarmNodes } from "../../../../coordinator/overview/farm-nodes.ts";
import { promisesOf, sessionRows } from "../../../../coordinator/overview/farm-sessions.ts";
import { InMemoryBus } from "../../../../host/in-memory-bus.ts";
import { DrainReplySchema, DrainRequestSchema, HeartbeatSchema } from "../../../../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../../../../proto/gen/arras/v1/record_pb.ts";
import {
  type QueuePlace,
  QueuePlaceSchema,
  SessionEventSchema,
  SessionSpecSchema,
  SessionState,
} from "../../../../proto/gen/arras/v1/session_pb.ts";
import { subjects } from "../../../../proto/subjects.ts";
import { softwareVersion } from "../../../../proto/version.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const spec = create(SessionSpecSchema, {
  render: { scenePath: "/shots/12/shot.glb" },
  film: { widthPx: 1920, heightPx: 1080 },
  budget: { spp: 512 },
});

describe("sessions' rows", () => {
  const queue = create(QueuePlaceSchema, { position: 2 });
  const rowsAt = (queue: QueuePlace, ...records: SessionRecord[]) =>
    sessionRows(records, () => ({ owner: "c:1", progress: undefined, queue, computations: undefined }));
  const rowsOf = (...records: SessionRecord[]) => rowsAt(queue, ...records);

  it("a record -> what it says, the scene without its folders", () => {
    const record = sessionRecord({ spec, user: "ann", state: SessionState.RENDERING, createdAtMs: 5n });
    expect(rowsOf(record)[0]).toMatchObject({
      sessionId: "s",
      user: "ann",
      state: SessionState.RENDERING,
      owner: "c:1",
      scene: "shot.glb",
      widthPx: 1920,
      heightPx: 1080,
      budgetSpp: 512,
      createdAtMs: 5n,
      computations: [
        { computation: "merge", nodeId: "n" },
        { computation: "mcrt_i0", threadCount: 1, memoryLimitBytes: 1n },
        { computation: "mcrt_i1" },
      ],
    });
  });

  it("several -> the oldest first; one that has failed -> why, and how far it was", () => {
    const error = { code: "memory-exceeded", message: "2 GB", action: "Raise it." };
    const final = create(SessionEventSchema, { state: SessionState.FAILED, error, progress: { fraction: 0.5 } });
    const failed = sessionRecord({ sessionId: "b", state: SessionState.FAILED, final, createdAtMs: 9n });
    const [first, second] = rowsOf(failed, sessionRecord({ sessionId: "a", createdAtMs: 4n }));
    expect([first?.sessionId, second?.sessionId]).toEqual(["a", "b"]);
    expect(second).toMatchObject({ error: { code: "memory-exceeded" }, progress: { fraction: 0.5 } });
  });

  it("one that waits -> its place; one that has begun -> none, and since when", () => {
    const [waiting, begun] = rowsOf(
      sessionRecord({ sessionId: "a", state: SessionState.QUEUED }),
      sessionRecord({ sessionId: "b", state: SessionState.RENDERING, connectedAtMs: 8n }),
    );
    expect([waiting?.queue?.position, waiting?.startedAtMs]).toEqual([2, 0n]);
    expect([begun?.queue, begun?.startedAtMs]).toEqual([undefined, 8n]);
    const outside = create(QueuePlaceSchema, { position: 0, reason: "Its node left" });
    const states = [SessionState.RENDERING, SessionState.FAILED];
    const rows = states.flatMap((state) => rowsAt(outside, sessionRecord({ state })));
    expect(rows.map((row) => row.queue?.reason)).toEqual(["Its node left", undefined]);
  });

  it("what records promise -> added up by node, without what is given up", () => {
    const record = sessionRecord();
    const [, gone] = record.computations;
    if (gone !== undefined)
      gone.gone = { $typeName: "arras.v1.ErrorDetail", code: "x", message: "", action: "", place: {} };
    const ended = sessionRecord({ sessionId: "u", state: SessionState.FINISHED });
    const promises = promisesOf([record, sessionRecord({ sessionId: "t" }), ended]);
    expect(promises.get("n")).toMatchObject({ cores: 6, memoryBytes: 6 });
    expect(promises.get("n")?.computations.map(({ sessionId, computation }) => `${sessionId} ${computation}`)).toEqual([
      "s merge",
      "s mcrt_i1",
      "t merge",
      "t mcrt_i0",
      "t mcrt_i1",
      "u merge",
    ]);
  });
});

describe("a farm", () => {
  let bus: InMemoryBus;
  let farm: Farm;
  beforeEach(() => {
    bus = new InMemoryBus();
    const nodes = new FarmNodes({ journal: silentJournal, startedAtMs: 0, startedWallMs: 0 });
    const record = sessionRecord({ spec });
    farm = new Farm({
      bus,
      clock: new FakeClock(),
      log: silentLog,
      nodes,
      directory: {
        records: () => [record],
        record: (sessionId) => (sessionId === "s" ? record : undefined),
        ownerOf: () => "c:1",
      },
    });
    farm.heard(0, heartbeat("n"));
    farm.heard(0, heartbeat("old", "0.0.9"));
  });
  afterEach(() => farm.close());

  const heartbeat = (nodeId: string, version = softwareVersion) =>
    create(HeartbeatSchema, { nodeId, host: "h", coreCount: 8, softwareVersion: version });

  it("nodes by their heartbeats, with what sessions' records promise there; a silent one goes", () => {
    expect(farm.nodes().map(({ nodeId, reservedCoreCount }) => [nodeId, reservedCoreCount])).toEqual([
      ["n", 3],
      ["old", 0],
    ]);
    farm.judged(3001, false);
    expect(farm.nodes()).toEqual([]);
  });

  it("sessions with their owner, and their progress as it is told", () => {
    expect(farm.sessions()[0]).toMatchObject({ sessionId: "s", owner: "c:1" });
    farm.entered("s", {
      record: sessionRecord(),
      watch: (watcher) => {
        watcher(create(SessionEventSchema, { progress: { fraction: 0.25 } }));
        return () => {};
      },
    });
    expect(farm.sessions()[0]?.progress?.fraction).toBe(0.25);
    farm.left("s");
    expect(farm.sessions()[0]?.progress).toBeUndefined();
  });

  it("a node is to be drained -> it is asked, with a reason; what it says against it is passed on", async () => {
    const reasons: string[] = [];
    let error: { code: string; message: string } | undefined;
    bus.reply(subjects.drain("n"), async (bytes) => {
      reasons.push(fromBinary(DrainRequestSchema, bytes).reason);
      return toBinary(DrainReplySchema, create(DrainReplySchema, error === undefined ? {} : { error }));
    });
    await farm.drain("n");
    expect(reasons).toEqual([expect.stringContaining("arras-farm drain")]);
    error = { code: "message-malformed", message: "no" };
    await expect(farm.drain("n")).rejects.toMatchObject({ code: "message-malformed" });
  });

  it("one that is not there, is refused, or does not answer -> said", async () => {
    await expect(farm.drain("x")).rejects.toMatchObject({ code: "node-missing" });
    await expect(farm.drain("old")).rejects.toMatchObject({ code: "node-missing" });
    await expect(farm.drain("n")).rejects.toMatchObject({ code: "unavailable" });
  });
});
