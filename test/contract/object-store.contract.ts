// What every object store must keep.
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectStore } from "../../host/nats/object-store.ts";

export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

export const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Bytes without a period that a chunk could have. */
export function noise(sizeBytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** The bytes in pieces, through one piece of memory that is used again. */
export async function* pieces(bytes: Uint8Array, sizeBytes = 65_536): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(sizeBytes);
  for (let begin = 0; begin < bytes.byteLength; begin += sizeBytes) {
    const part = bytes.subarray(begin, begin + sizeBytes);
    piece.set(part);
    yield piece.subarray(0, part.byteLength);
  }
}

export async function collected(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part.slice());
  return Buffer.concat(parts);
}

export function objectStoreContract(name: string, makeStore: () => Promise<ObjectStoreUnderTest>): void {
  describe(`${name} as an object store`, () => {
    let under: ObjectStoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      under = await makeStore();
      store = under.store;
    });
    afterEach(() => under.close());

    for (const sizeBytes of [0, 1, 262_143, 262_144, 262_145, 8 * 1024 * 1024 + 3]) {
      it(`${sizeBytes} bytes are put -> the same come back, and progress ends at the size`, async () => {
        const bytes = noise(sizeBytes);
        const digest = digestOf(bytes);
        expect(await store.has(digest)).toBe(false);
        const put: number[] = [0];
        await store.put(digest, pieces(bytes), { onProgress: (doneBytes) => put.push(doneBytes) });
        expect(await store.has(digest)).toBe(true);
        const got: number[] = [0];
        const back = await collected(store.get(digest, { onProgress: (doneBytes) => got.push(doneBytes) }));
        expect(back.equals(bytes)).toBe(true);
        expect([put.at(-1), got.at(-1)]).toEqual([sizeBytes, sizeBytes]);
        expect(got).toEqual(got.slice().sort((a, b) => a - b));
      });
    }

    for (const sizeBytes of [0, 1, 600_000]) {
      it(`${sizeBytes} bytes of an unknown digest are added -> there under their digest, with their size; deleted -> gone`, async () => {
        const bytes = noise(sizeBytes, 5);
        const digest = digestOf(bytes);
        const done: number[] = [0];
        const stored = await store.add(pieces(bytes), { onProgress: (doneBytes) => done.push(doneBytes) });
        expect([stored, done.at(-1)]).toEqual([{ digest, sizeBytes }, sizeBytes]);
        expect((await collected(store.get(digest))).equals(bytes)).toBe(true);
        await store.delete(digest);
        expect(await store.has(digest)).toBe(false);
        expect(await store.add(pieces(bytes))).toEqual({ digest, sizeBytes });
        expect((await collected(store.get(digest))).equals(bytes)).toBe(true);
      });
    }

    it("what is there is added again, and at once twice -> the same digest, and it stays whole", async () => {
      const bytes = noise(700_000, 6);
      await store.put(digestOf(bytes), pieces(bytes));
      const both = await Promise.all([store.add(pieces(bytes)), store.add(pieces(bytes))]);
      expect(both.map(({ digest }) => digest)).toEqual([digestOf(bytes), digestOf(bytes)]);
      expect((await collected(store.get(digestOf(bytes)))).equals(bytes)).toBe(true);
    });

    it("the source of an addition fails, or it is cancelled -> that error, and nothing is there", async () => {
      const bytes = noise(700_000, 7);
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 500_000);
        throw new Error("the disk is gone");
      }
      await expect(store.add(failing())).rejects.toThrow("the disk is gone");
      const signal = AbortSignal.abort();
      await expect(store.add(pieces(bytes), { signal })).rejects.toMatchObject({ code: "cancelled" });
      expect(await store.has(digestOf(bytes))).toBe(false);
    });

    it("it is there already -> the source is not read", async () => {
      const bytes = noise(1000);
      await store.put(digestOf(bytes), pieces(bytes));
      let read = false;
      async function* never(): AsyncGenerator<Uint8Array> {
        read = true;
        yield bytes;
      }
      await store.put(digestOf(bytes), never());
      expect(read).toBe(false);
    });

    it("the bytes are not the digest's -> object-broken, and nothing is there", async () => {
      const digest = digestOf(noise(10));
      await expect(store.put(digest, pieces(noise(600_000)))).rejects.toMatchObject({ code: "object-broken" });
      expect(await store.has(digest)).toBe(false);
    });

    it("the source fails in the middle -> its error, nothing is there, and a second try succeeds", async () => {
      const bytes = noise(700_000);
      const digest = digestOf(bytes);
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 500_000);
        throw new Error("the disk is gone");
      }
      await expect(store.put(digest, failing())).rejects.toThrow("the disk is gone");
      expect(await store.has(digest)).toBe(false);
      await store.put(digest, pieces(bytes));
      expect((await collected(store.get(digest))).equals(bytes)).toBe(true);
    });

    it("two put the same at once -> both succeed", async () => {
      const bytes = noise(900_000);
      const digest = digestOf(bytes);
      await Promise.all([store.put(digest, pieces(bytes)), store.put(digest, pieces(bytes))]);
      expect((await collected(store.get(digest))).equals(bytes)).toBe(true);
    });

    it("nothing is there -> object-missing; deleting it does nothing", async () => {
      const digest = digestOf(noise(5));
      await expect(collected(store.get(digest))).rejects.toMatchObject({ code: "object-missing" });
      await store.delete(digest);
    });

    it("deleted -> gone, and can be put again", async () => {
      const bytes = noise(300_000);
      const digest = digestOf(bytes);
      await store.put(digest, pieces(bytes));
      await store.delete(digest);
      expect(await store.has(digest)).toBe(false);
      await store.put(digest, pieces(bytes));
      expect((await collected(store.get(digest))).equals(bytes)).toBe(true);
    });

    it("cancelled -> cancelled, both ways; a reader stops early -> no harm", async () => {
      const bytes = noise(2_000_000);
      const digest = digestOf(bytes);
      const signal = AbortSignal.abort();
      await expect(store.put(digest, pieces(bytes), { signal })).rejects.toMatchObject({ code: "cancelled" });
      await store.put(digest, pieces(bytes));
      await expect(collected(store.get(digest, { signal }))).rejects.toMatchObject({ code: "cancelled" });
      for await (const _ of store.get(digest)) break;
      expect(await store.has(digest)).toBe(true);
    });

    it("a digest that is none, or a path -> message-malformed", async () => {
      for (const digest of ["", "abc", "../../etc/passwd", `${"a".repeat(63)}A`, "*".repeat(64)]) {
        await expect(store.has(digest)).rejects.toMatchObject({ code: "message-malformed" });
        await expect(collected(store.get(digest))).rejects.toMatchObject({ code: "message-malformed" });
      }
    });
  });
}
