// Room that is promised: never twice, and kept by taking out what is not in use.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CacheRoom, defaultSizeBytes } from "../../../../node-agent/assets/cache-room.ts";
import { ObjectFolder } from "../../../../node-agent/assets/object-folder.ts";
import { digestOf, noise, pieces } from "../../../contract/object-store.contract.ts";
import { cacheFolder } from "./cache-folder.ts";

async function roomOf(sizeBytesMax: number) {
  const root = await cacheFolder();
  await mkdir(join(root, "own"));
  const objects = new ObjectFolder(join(root, "objects"));
  const at = (seed: number) => join(root, "own", String(seed));
  const add = (seed: number, sizeBytes: number) =>
    objects.add(digestOf(noise(sizeBytes, seed)), pieces(noise(sizeBytes, seed)), join(root, "part"), at(seed));
  return { objects, room: new CacheRoom(objects, sizeBytesMax), add, letGo: (seed: number) => rm(at(seed)) };
}

const noRoom = { code: "cache-failed" };

describe("room in a cache", () => {
  it("two want half and more of it at once -> one is promised it, the other refused", async () => {
    const { room } = await roomOf(100);
    const both = await Promise.allSettled([room.promise(60), room.promise(60)]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expect(room.promise(41)).rejects.toMatchObject(noRoom);
    await room.promise(40);
  });

  it("a promise ends -> its room is there again, once", async () => {
    const { room } = await roomOf(100);
    const first = await room.promise(100);
    first.end();
    first.end();
    const second = await room.promise(100);
    first.landed(50);
    await expect(room.promise(1)).rejects.toMatchObject(noRoom);
    second.end();
  });

  it("what was promised landed -> counted once, not twice", async () => {
    const { room, add } = await roomOf(100);
    const first = await room.promise(60);
    await add(1, 60);
    first.landed(60);
    await room.promise(40);
    await expect(room.promise(1)).rejects.toMatchObject(noRoom);
  });

  it("it is full of what nobody uses -> that leaves; of what is in use -> refused, and nothing leaves", async () => {
    const { objects, room, add, letGo } = await roomOf(100);
    await add(1, 50);
    await add(2, 50);
    await letGo(1);
    await expect(room.promise(51)).rejects.toMatchObject(noRoom);
    expect(await objects.list()).toHaveLength(2);
    await room.promise(50);
    expect(await objects.list()).toMatchObject([{ digest: digestOf(noise(50, 2)), isInUse: true }]);
    expect(room.evictedCount).toBe(1);
  });

  it("it was filled beyond its size, and some is let go -> trimmed to it; in use -> left", async () => {
    const { objects, room, add, letGo } = await roomOf(60);
    await add(1, 50);
    await add(2, 50);
    await room.trim();
    expect(await objects.list()).toHaveLength(2);
    await letGo(2);
    await room.trim();
    expect(await objects.list()).toHaveLength(1);
  });
});

it("no size is given -> half of the disk's free space and of what is there, at most the most", () => {
  const objects = [{ sizeBytes: 30 }, { sizeBytes: 10 }];
  expect(defaultSizeBytes(60, [], 1000)).toBe(30);
  expect(defaultSizeBytes(60, objects, 1000)).toBe(50);
  expect(defaultSizeBytes(60, objects, 20)).toBe(20);
});
