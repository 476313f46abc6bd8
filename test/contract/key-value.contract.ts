// What every key-value store must keep. Lease and sessions rely on exactly this.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Change, KeyValue } from "../../host/nats/key-value.ts";
import { limits } from "../../proto/limits.ts";

export interface KeyValueUnderTest {
  /** Two connections to the same store; the same object where there is only one. */
  readonly one: KeyValue;
  readonly other: KeyValue;
  close(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value));

export function keyValueContract(name: string, makeStore: () => Promise<KeyValueUnderTest>): void {
  describe(`${name} as a key-value store`, () => {
    let store: KeyValueUnderTest;
    beforeEach(async () => {
      store = await makeStore();
    });
    afterEach(() => store.close());

    async function created(key: string, value: string): Promise<number> {
      const written = await store.one.create(key, bytes(value));
      if (written.t !== "written") throw new Error("conflict");
      return written.revision;
    }

    it("a key without value -> nothing is read, and an update conflicts", async () => {
      expect(await store.one.get("a.b")).toBe(undefined);
      expect(await store.one.update("a.b", bytes("x"), 1)).toEqual({ t: "conflict" });
      expect(await store.one.delete("a.b", 1)).toEqual({ t: "conflict" });
    });

    it("one creates -> the other reads value and revision, and cannot create", async () => {
      const revision = await created("a.b", "first");
      const entry = await store.other.get("a.b");
      expect([entry?.key, text(entry?.value), entry?.revision]).toEqual(["a.b", "first", revision]);
      expect(await store.other.create("a.b", bytes("second"))).toEqual({ t: "conflict" });
      expect(text((await store.one.get("a.b"))?.value)).toBe("first");
    });

    it("both update the same revision -> exactly one wins, and its revision is greater", async () => {
      const revision = await created("a.b", "0");
      const writes = await Promise.all([
        store.one.update("a.b", bytes("1"), revision),
        store.other.update("a.b", bytes("2"), revision),
      ]);
      const won = writes.filter((write) => write.t === "written");
      expect(won).toHaveLength(1);
      expect(won[0]?.revision).toBeGreaterThan(revision);
      expect((await store.one.get("a.b"))?.revision).toBe(won[0]?.revision);
    });

    it("another key is written in between -> no conflict: revisions are compared by key", async () => {
      const revision = await created("a.b", "0");
      await created("a.c", "0");
      expect((await store.one.update("a.b", bytes("1"), revision)).t).toBe("written");
    });

    it("a value is deleted at its revision only -> then it can be created anew, greater than before", async () => {
      const revision = await created("a.b", "0");
      expect(await store.one.delete("a.b", revision + 100)).toEqual({ t: "conflict" });
      expect((await store.one.delete("a.b", revision)).t).toBe("written");
      expect(await store.other.get("a.b")).toBe(undefined);
      expect(await store.other.update("a.b", bytes("x"), revision)).toEqual({ t: "conflict" });
      expect(await created("a.b", "again")).toBeGreaterThan(revision);
    });

    it("an empty value and the largest -> come back whole; one byte more -> limit-exceeded", async () => {
      await created("a.empty", "");
      expect((await store.other.get("a.empty"))?.value.byteLength).toBe(0);
      const largest = new Uint8Array(limits.keyValueSizeBytesMax).fill(7);
      expect((await store.one.create("a.large", largest)).t).toBe("written");
      expect(Buffer.compare((await store.other.get("a.large"))?.value ?? bytes(""), largest)).toBe(0);
      const refused = (async () => store.one.create("a.larger", new Uint8Array(largest.byteLength + 1)))();
      await expect(refused).rejects.toMatchObject({ code: "limit-exceeded" });
    });

    it("a key that is none -> an error of the program", async () => {
      for (const key of ["", "a b", "a.*", "a.>", ".a", "a\n"]) {
        await expect((async () => store.one.get(key))()).rejects.toThrow("is no key");
      }
    });

    /** Collects changes until one satisfies `isLast`. */
    function changes(
      prefix: string,
      isLast: (change: Change) => boolean,
    ): { until: Promise<string[]>; end: () => void } {
      const told: string[] = [];
      let end = () => {};
      const until = new Promise<string[]>((resolve) => {
        const watch = store.other.watch(prefix, (change) => {
          if (change.t === "began" || change.t === "current") told.push(change.t);
          else if (change.t === "deleted") told.push(`${change.key} deleted`);
          else told.push(`${change.entry.key} ${text(change.entry.value)}`);
          if (isLast(change)) resolve(told);
        });
        end = () => watch.unsubscribe();
      });
      return { until, end };
    }

    it("a watch -> tells what is there, says so, then each change; of its prefix only", async () => {
      const revision = await created("a.b", "1");
      await created("ab.c", "not this");
      const isCurrent = (change: Change) => change.t === "current";
      const past = changes("a", isCurrent);
      expect(await past.until).toEqual(["began", "a.b 1", "current"]);
      past.end();
      const watch = changes("a", (change) => change.t === "put" && change.entry.key === "a.z");
      const updated = await store.one.update("a.b", bytes("2"), revision);
      await store.one.delete("a.b", updated.t === "written" ? updated.revision : 0);
      await created("ab.d", "nor this");
      await created("a.z", "end");
      const told = (await watch.until).filter((line) => line !== "current");
      expect(told.slice(-2)).toEqual(["a.b deleted", "a.z end"]);
      watch.end();
    });

    it("nothing is there -> a watch says so at once; it ends -> it tells nothing more", async () => {
      const first = changes("a", (change) => change.t === "current");
      expect(await first.until).toEqual(["began", "current"]);
      first.end();
      const second = changes("a", (change) => change.t === "put");
      await created("a.b", "1");
      await second.until;
      second.end();
      expect(await first.until).toEqual(["began", "current"]);
    });
  });
}
