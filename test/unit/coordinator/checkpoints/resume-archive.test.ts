import { describe, expect, it } from "vitest";
import {
  byAge,
  resumableFromBytes,
  resumableFromJson,
  surplus,
} from "../../../../coordinator/checkpoints/resume-archive.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";

const aged = (ages: readonly number[], sizeBytes = 10n) =>
  ages.map((age) => resumable(`s${age}`, { savedAtMs: BigInt(1000 - age), sizeBytes }));

const idsOf = (sessions: readonly { sessionId: string }[]) => sessions.map(({ sessionId }) => sessionId);

describe("what is kept of sessions", () => {
  it("too many -> the oldest go", () => {
    expect(idsOf(byAge(aged([3, 1, 2])))).toEqual(["s1", "s2", "s3"]);
    expect(idsOf(surplus(aged([3, 1, 2, 4]), { sessionsMax: 2, bytesMax: 1000 }))).toEqual(["s3", "s4"]);
    expect(surplus(aged([3, 1]), { sessionsMax: 2, bytesMax: 1000 })).toEqual([]);
  });

  it("too large together -> the oldest go, never the newest", () => {
    expect(idsOf(surplus(aged([1, 2, 3]), { sessionsMax: 9, bytesMax: 25 }))).toEqual(["s3"]);
    expect(idsOf(surplus(aged([1, 2]), { sessionsMax: 9, bytesMax: 5 }))).toEqual(["s2"]);
  });

  it("of another version, without a specification, or with a digest that is none -> nothing", () => {
    for (const [name, wrong] of Object.entries({
      version: { format: 2 },
      id: { sessionId: "a/b" },
      checkpoint: { checkpoint: "" },
      former: { formerCheckpoint: "../x" },
    })) {
      const text = JSON.stringify({ format: 1, sessionId: "a", session: {}, checkpoint: digestOf(1), ...wrong });
      expect(resumableFromJson(text), name).toBeUndefined();
    }
    expect(resumableFromJson(JSON.stringify({ format: 1, sessionId: "a", checkpoint: digestOf(1) }))).toBeUndefined();
    expect(resumableFromJson('{"format":1,"sessionId":"a","session":{},"checkpoint":"')).toBeUndefined();
    expect(resumableFromBytes(new Uint8Array([255]))).toBeUndefined();
  });
});
