// What is kept of sessions in key-value, whatever its form.
import { describe, expect, it } from "vitest";
import { SessionArchive } from "../../../../coordinator/records/session-archive.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

interface Note {
  readonly sessionId: string;
  readonly text: string;
}

function archiveIn(store: InMemoryKeyValue): SessionArchive<Note> {
  return new SessionArchive<Note>({
    store,
    clock: new FakeClock(),
    toBytes: ({ sessionId, text }) => Buffer.from(`${sessionId}=${text}`),
    fromBytes: (bytes) => {
      const [sessionId = "", text] = Buffer.from(bytes).toString().split("=");
      return text === undefined ? undefined : { sessionId, text };
    },
    nameOf: (key) => `The note at ${key}`,
  });
}

describe("an archive of sessions in key-value", () => {
  it("put twice -> the newer one, and only once in the list", async () => {
    const archive = archiveIn(new InMemoryKeyValue());
    await archive.put({ sessionId: "a", text: "one" });
    await archive.put({ sessionId: "a", text: "two" });
    expect(await archive.get("a")).toEqual({ sessionId: "a", text: "two" });
    expect(await archive.list()).toEqual([{ sessionId: "a", text: "two" }]);
  });

  it("removed, and removed again -> not there, and nobody fails", async () => {
    const archive = archiveIn(new InMemoryKeyValue());
    await archive.put({ sessionId: "a", text: "one" });
    await archive.remove("a");
    await archive.remove("a");
    expect(await archive.get("a")).toBeUndefined();
    expect(await archive.list()).toEqual([]);
  });

  it("what its owner cannot read -> as good as absent, and replaced", async () => {
    const store = new InMemoryKeyValue();
    const archive = archiveIn(store);
    await store.create("session.a", Buffer.from("spoilt"));
    expect(await archive.get("a")).toBeUndefined();
    expect(await archive.list()).toEqual([]);
    await archive.put({ sessionId: "a", text: "one" });
    expect(await archive.get("a")).toEqual({ sessionId: "a", text: "one" });
  });

  it("what is no session's id -> not asked for", async () => {
    const store = new InMemoryKeyValue();
    store.get = () => Promise.reject(new Error("asked"));
    for (const id of ["", "a.b", "*", "x".repeat(129)]) expect(await archiveIn(store).get(id)).toBeUndefined();
  });

  it("somebody else writes between -> again; all the time -> refused, and it is said what", async () => {
    const store = new InMemoryKeyValue();
    const archive = archiveIn(store);
    const write = store.create.bind(store);
    let conflictCount = 1;
    store.create = async (key, value) => (conflictCount-- > 0 ? { t: "conflict" } : write(key, value));
    await archive.put({ sessionId: "a", text: "one" });
    expect(await archive.get("a")).toEqual({ sessionId: "a", text: "one" });

    conflictCount = Number.POSITIVE_INFINITY;
    await expect(archive.put({ sessionId: "b", text: "one" })).rejects.toMatchObject({
      code: "unavailable",
      message: "The note at session.b is written by somebody else all the time",
    });
  });
});
