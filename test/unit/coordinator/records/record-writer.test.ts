// The owner's writing of one record: in order, the newest, and never over somebody else's.
import { beforeEach, describe, expect, it } from "vitest";
import { RecordWriter } from "../../../../coordinator/records/record-writer.ts";
import { decodeRecord, encodeRecord, recordKey } from "../../../../coordinator/records/session-record.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import type { SessionRecord } from "../../../../proto/gen/arras/v1/record_pb.ts";
import { SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";
import { settled } from "../../../fakes/settled.ts";

const key = recordKey("s");

describe("a record's writer", () => {
  let store: InMemoryKeyValue;
  let clock: FakeClock;
  let writer: RecordWriter;
  let present: SessionRecord;
  let told: string[];

  beforeEach(async () => {
    [store, clock, told, present] = [new InMemoryKeyValue(), new FakeClock(), [], sessionRecord()];
    const made = await store.create(key, encodeRecord(present));
    if (made.t !== "written") throw new Error("the store is not empty");
    writer = new RecordWriter({
      store,
      sessionId: "s",
      revision: made.revision,
      clock,
      present: () => present,
      written: ({ revision }) => void told.push(`written ${revision}`),
      conflicted: () => void told.push("conflicted"),
      tooLarge: ({ code }) => void told.push(`too large: ${code}`),
    });
  });
  const kept = async () => {
    const entry = await store.get(key);
    return entry === undefined ? undefined : decodeRecord(key, entry.value);
  };

  it("many wishes while one is written -> two writes, the newest state, all fulfilled", async () => {
    const wishes = [writer.save(), writer.save(), writer.save()];
    present = sessionRecord({ state: SessionState.RENDERING });
    expect(await Promise.all(wishes)).toEqual([true, true, true]);
    expect(told).toEqual(["written 2", "written 3"]);
    expect((await kept())?.state).toBe(SessionState.RENDERING);
  });

  it("somebody else has written -> told once, nothing is overwritten, and nothing is saved any more", async () => {
    await store.update(key, encodeRecord(sessionRecord({ owner: "other" })), 1);
    expect(await Promise.all([writer.save(), writer.save()])).toEqual([false, false]);
    expect(await writer.save()).toBe(false);
    expect(told).toEqual(["conflicted"]);
    expect((await kept())?.owner).toBe("other");
  });

  it("the store does not answer, and has written -> known by reading", async () => {
    store.faults.push("unanswered");
    present = sessionRecord({ state: SessionState.PREPARING });
    expect(await writer.save()).toBe(true);
    expect(told).toEqual(["written 2"]);
  });

  it("the store is away -> tried again until it is back", async () => {
    store.setAway(true);
    const saved = writer.save();
    await settled();
    for (let times = 0; times < 3; times += 1) {
      clock.advance(200);
      await settled();
    }
    expect(told).toEqual([]);
    store.setAway(false);
    clock.advance(200);
    expect(await saved).toBe(true);
    expect(told).toEqual(["written 2"]);
  });

  it("it is closed while the store is away -> what waits is not saved, and nothing is tried any more", async () => {
    store.setAway(true);
    const saved = writer.save();
    await settled();
    writer.close();
    expect(await saved).toBe(false);
    expect([clock.timerCount, await writer.save()]).toEqual([0, false]);
  });

  it("the state is larger than the store takes -> told; the former one stays, and the session goes on", async () => {
    present = sessionRecord({ clientHost: "h".repeat(limits.keyValueSizeBytesMax) });
    expect(await writer.save()).toBe(true);
    expect(told).toEqual(["too large: limit-exceeded"]);
    expect((await kept())?.clientHost).toBe("");
    present = sessionRecord({ state: SessionState.PREPARING });
    expect(await writer.save()).toBe(true);
  });

  it("it is removed -> gone; but not when somebody else has written it", async () => {
    await writer.save();
    await writer.remove();
    expect(await kept()).toBeUndefined();
  });

  it("it is removed after somebody else has written -> theirs stays", async () => {
    await store.update(key, encodeRecord(sessionRecord({ owner: "other" })), 1);
    await writer.remove();
    expect((await kept())?.owner).toBe("other");
  });
});
