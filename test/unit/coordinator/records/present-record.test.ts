// What a record says: of a new session, and of one that runs.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { presentRecord } from "../../../../coordinator/records/present-record.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { SceneEditsSchema } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { SessionWish } from "../../../../proto/gen/arras/v1/record_pb.ts";
import { SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { berth, sessionRecord } from "../../../fakes/session-plans.ts";

const present = {
  state: SessionState.RENDERING,
  tally: {
    connectedAtMs: 10,
    preparedAtMs: undefined,
    firstPictureAtMs: undefined,
    holes: [{ rect: { x0: 0, y0: 0, x1: 8, y1: 8 }, fromSample: 4 }],
    instructionSet: "avx2",
    rendererBuild: "cycles 4.2.1",
    pausedAtMs: 30,
    pausedMs: 5,
  },
  epochOffsetMs: 1_000,
  wish: SessionWish.STOP,
  merger: { berth: { ...berth("merge"), nodeId: "m" }, attempt: 3, restartCount: 2, peakMemoryBytes: 0 },
  crew: [
    {
      berth: berth("mcrt_i0"),
      attempt: 2,
      restartCount: 1,
      peakMemoryBytes: 7.5,
      gone: new ArrasError("memory-exceeded", { message: "m", action: "a" }),
    },
  ],
  checkpoint: "newest",
  formerCheckpoint: "former",
  steering: { budgetSpp: 16, region: { rect: { x0: 1, y0: 2, x1: 3, y1: 4 }, isAlone: true, editor: "Ada" } },
  scene: { epoch: 3, edits: create(SceneEditsSchema, { lights: [{ id: "lamp" }] }), editor: "Anna" },
  final: undefined,
};

it("a session renders -> what changed is new, what it was made with stays", () => {
  const base = sessionRecord({ checkpoint: "before" });
  const record = presentRecord(base, present);
  const { sessionId, token, requestId } = base;
  expect(record).toMatchObject({ sessionId, token, requestId, wish: SessionWish.STOP });
  expect(record).toMatchObject({ checkpoint: "newest", formerCheckpoint: "former" });
  expect([record.connectedAtMs, record.preparedAtMs]).toEqual([1_010n, 0n]);
  expect(record.computations).toMatchObject([
    { name: "merge", nodeId: "m", attempt: 3, restartCount: 2 },
    { name: "mcrt_i0", nodeId: "n", attempt: 2, peakMemoryBytes: 8n, gone: { code: "memory-exceeded" } },
  ]);
  expect(record).toMatchObject({ epoch: 3, editor: "Anna", edits: { lights: [{ id: "lamp" }] } });
  expect(record.holes).toMatchObject([{ rect: { x1: 8 }, fromSample: 4 }]);
  expect(record).toMatchObject({
    pausedAtMs: 1_030n,
    pausedMs: 5n,
    budgetSpp: 16,
    region: { x0: 1, y1: 4 },
    regionEditor: "Ada",
  });
  const unsteered = presentRecord(record, { ...present, steering: { budgetSpp: 16, region: undefined } });
  expect([unsteered.region, unsteered.regionEditor]).toEqual([undefined, ""]);
  expect([record.instructionSet, record.rendererBuild, record.final]).toEqual(["avx2", "cycles 4.2.1", undefined]);
});

it("a session waits in the queue -> no computation, also of its merger", () => {
  const queued = { ...present, state: SessionState.QUEUED, merger: undefined, crew: [] };
  expect(presentRecord(sessionRecord(), queued).computations).toEqual([]);
});

it("more holes than a record keeps -> the others are left to be found again", () => {
  const holes = Array.from({ length: limits.recordHolesMax + 5 }, (_, at) => ({
    ...present.tally.holes[0]!,
    fromSample: at,
  }));
  expect(presentRecord(sessionRecord(), { ...present, tally: { ...present.tally, holes } }).holes).toHaveLength(
    limits.recordHolesMax,
  );
});
