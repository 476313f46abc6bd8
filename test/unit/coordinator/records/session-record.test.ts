// Records of sessions as bytes: what is written is read, and nothing else is taken for one.
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  decodeRecord,
  encodeRecord,
  isSessionId,
  recordKey,
  sessionIdOfKey,
} from "../../../../coordinator/records/session-record.ts";
import { HoleRecordSchema, type SessionRecord, SessionRecordSchema } from "../../../../proto/gen/arras/v1/record_pb.ts";
import { SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";

const key = recordKey("s");
const decoded = (record: SessionRecord) => decodeRecord(key, toBinary(SessionRecordSchema, record));

function ended(objectNames: readonly string[]): SessionRecord {
  const final = create(SessionEventSchema, {
    state: SessionState.FINISHED,
    receipt: { filmSha256: "abc" },
    totals: { metadata: { objectNames: [...objectNames], sceneName: "scene.gltf" } },
  });
  return sessionRecord({ state: SessionState.FINISHED, final });
}

describe("a session's record", () => {
  it("written and read -> the same; its key names the session", () => {
    const record = sessionRecord();
    expect(decodeRecord(key, encodeRecord(record))).toEqual(record);
    expect(sessionIdOfKey(key)).toBe("s");
  });

  it("letters, digits, - and _, up to 128 -> a session's id; else none", () => {
    for (const id of ["a", "b-1", "c_2", "x".repeat(128)]) expect(isSessionId(id)).toBe(true);
    for (const id of ["", "../../etc/passwd", "a/b", "a.b", "*", "x".repeat(129)]) expect(isSessionId(id)).toBe(false);
  });

  it("the names of its scene's objects do not fit -> left out; the rest of its end stays", () => {
    const small = ended(["a"]);
    expect(decodeRecord(key, encodeRecord(small)).final?.totals?.metadata?.objectNames).toEqual(["a"]);
    const bytes = encodeRecord(ended(Array.from({ length: 40_000 }, (_, at) => `object number ${at}`)));
    expect(bytes.byteLength).toBeLessThan(limits.keyValueSizeBytesMax);
    const { final } = decodeRecord(key, bytes);
    expect(final).toMatchObject({
      receipt: { filmSha256: "abc" },
      totals: { metadata: { objectNames: [], sceneName: "scene.gltf" } },
    });
  });

  it.each<[string, Partial<SessionRecord>]>([
    ["another format", { format: 2 }],
    ["another session's id", { sessionId: "t" }],
    ["no token", { token: "" }],
    ["no request", { requestId: "" }],
    ["no epoch", { epoch: 0 }],
    ["no state", { state: SessionState.UNSPECIFIED }],
    ["an end without a final state", { final: create(SessionEventSchema) }],
    ["a final state without an end", { state: SessionState.FAILED }],
    ["no merger", { computations: sessionRecord().computations.slice(1) }],
    ["two mergers", { computations: [...sessionRecord().computations, ...sessionRecord().computations.slice(0, 1)] }],
    ["a computation twice", { computations: [...sessionRecord().computations, sessionRecord().computations[1]!] }],
    ["a hole without pixels", { holes: [create(HoleRecordSchema, { fromSample: 1 })] }],
    [
      "too many holes",
      {
        holes: Array.from({ length: limits.recordHolesMax + 1 }, () =>
          create(HoleRecordSchema, { rect: { x0: 0, y0: 0, x1: 1, y1: 1 } }),
        ),
      },
    ],
  ])("it has %s -> message-malformed, without a word of its token", (_, overrides) => {
    expect(() => decoded(sessionRecord(overrides))).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(() => decoded(sessionRecord(overrides))).not.toThrow(/secret/);
  });

  it("a computation without a place, or bytes that are none -> message-malformed", () => {
    const record = sessionRecord();
    record.computations[1]!.nodeId = "";
    expect(() => decoded(record)).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(() => decodeRecord(key, Uint8Array.of(255, 255))).toThrow(/cannot be read/);
  });
});
