// All records as one coordinator sees them.
import { beforeEach, describe, expect, it } from "vitest";
import { RecordBook } from "../../../../coordinator/records/record-book.ts";
import { encodeRecord, recordKey } from "../../../../coordinator/records/session-record.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

describe("a book of records", () => {
  let store: InMemoryKeyValue;
  let told: string[];

  beforeEach(() => {
    [store, told] = [new InMemoryKeyValue(), []];
  });
  const opened = () =>
    new RecordBook({
      store,
      log: silentLog,
      listener: {
        kept: ({ record, revision }) => void told.push(`kept ${record.sessionId}@${revision}`),
        removed: (sessionId) => void told.push(`removed ${sessionId}`),
      },
    });
  const put = (sessionId: string) => store.create(recordKey(sessionId), encodeRecord(sessionRecord({ sessionId })));

  it("there are records when it opens, more come and some go -> each is told", async () => {
    await put("a");
    const book = opened();
    expect(book.isCurrent).toBe(false);
    await settled();
    expect([book.isCurrent, book.all().length]).toEqual([true, 1]);
    await put("b");
    await store.delete(recordKey("a"), 1);
    await settled();
    expect(told).toEqual(["kept a@1", "kept b@2", "removed a"]);
    expect([book.get("a"), book.get("b")?.revision]).toEqual([undefined, 2]);
  });

  it("the store was away, and meanwhile a record has gone -> removed when it is back", async () => {
    await put("a");
    await put("b");
    const book = opened();
    await settled();
    book.note({ record: sessionRecord({ sessionId: "c" }), revision: 3 });
    store.setAway(true);
    store.setAway(false);
    await settled();
    expect(told).toContain("removed c");
    expect(book.isCurrent).toBe(true);
  });

  it("bytes that are no record -> passed over; the same key readable again -> there", async () => {
    const book = opened();
    await store.create(recordKey("a"), Uint8Array.of(255));
    await settled();
    expect([told, book.get("a")]).toEqual([[], undefined]);
    await expect(book.read("a")).rejects.toMatchObject({ code: "message-malformed" });
    await store.update(recordKey("a"), encodeRecord(sessionRecord({ sessionId: "a" })), 1);
    await settled();
    expect(told).toEqual(["kept a@2"]);
  });

  it("a session that the watch has not told yet -> found by asking; names that are no keys -> none", async () => {
    const book = opened();
    await settled();
    book.close();
    await put("a");
    expect((await book.find("a"))?.record.sessionId).toBe("a");
    expect(await book.find("no.such > thing")).toBeUndefined();
    store.setAway(true);
    await expect(book.find("b")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("an own write is noted before the watch tells it -> known at once; an older telling does not undo it", async () => {
    const book = opened();
    await settled();
    await put("a");
    book.note({ record: sessionRecord({ sessionId: "a", owner: "me" }), revision: 5 });
    await settled();
    expect(book.get("a")?.record.owner).toBe("me");
  });
});
