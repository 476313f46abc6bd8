import { describe, expect, it } from "vitest";
import { imageStage, keptImagesOf } from "../../../fakes/image-shelves.ts";
import { digestOf } from "../../../fakes/resumable-sessions.ts";

const aged = (sessionId: string, savedAtMs: number, digit = 1) =>
  keptImagesOf(sessionId, {
    savedAtMs: BigInt(savedAtMs),
    images: [{ name: "film.exr", digest: digestOf(digit), sizeBytes: 1000n, contentType: "image/x-exr" }],
  });

describe("a shelf of finished images", () => {
  it("what is kept -> found, and listed with the newest first", async () => {
    const { shelf } = imageStage();
    await shelf.keep(aged("a", 1));
    await shelf.keep(aged("b", 2, 2));
    expect(await shelf.find("a")).toEqual(aged("a", 1));
    expect((await shelf.list()).map(({ sessionId }) => sessionId)).toEqual(["b", "a"]);
    expect(await shelf.find("c")).toBeUndefined();
    expect(await shelf.find("../a")).toBeUndefined();
  });

  it("one more than it holds, or more bytes than three quarters of its store -> the oldest goes with its files", async () => {
    const { shelf, objects, world } = imageStage({ sessionsMax: 2 });
    for (const digit of [1, 2, 3, 4]) objects.objects.set(digestOf(digit), Buffer.from("x"));
    await shelf.keep(aged("a", 1, 1));
    await shelf.keep(aged("b", 2, 2));
    await shelf.keep(aged("c", 3, 3));
    expect([await shelf.find("a"), objects.objects.has(digestOf(1))]).toEqual([undefined, false]);
    world.capacityBytes = 2000;
    await shelf.keep(aged("d", 4, 4));
    expect((await shelf.list()).map(({ sessionId }) => sessionId)).toEqual(["d"]);
    expect([...objects.objects.keys()]).toEqual([digestOf(4)]);
  });

  it("what is larger than the store may take alone -> stays, as it is the newest", async () => {
    const { shelf, world } = imageStage();
    world.capacityBytes = 100;
    await shelf.keep(aged("a", 1));
    expect((await shelf.list()).map(({ sessionId }) => sessionId)).toEqual(["a"]);
  });

  it("what is too old -> is not there any more, and goes when something new comes", async () => {
    const { shelf, store, world } = imageStage({ keptMs: 1000 });
    await shelf.keep(aged("a", world.wallMs));
    world.wallMs += 1001;
    expect([await shelf.find("a"), await shelf.list()]).toEqual([undefined, []]);
    await shelf.keep(aged("b", world.wallMs, 2));
    expect(await store.get("session.a")).toBeUndefined();
  });

  it("the same session is kept again with another file -> the one before goes; with the same it stays", async () => {
    const { shelf, objects } = imageStage();
    for (const digit of [1, 2]) objects.objects.set(digestOf(digit), Buffer.from("x"));
    await shelf.keep(aged("a", 1, 1));
    await shelf.keep(aged("a", 2, 1));
    expect(objects.objects.has(digestOf(1))).toBe(true);
    await shelf.keep(aged("a", 3, 2));
    expect([...objects.objects.keys()]).toEqual([digestOf(2)]);
  });

  it("what somebody else wrote there -> left out", async () => {
    const { shelf, store } = imageStage();
    await store.create("session.a", new Uint8Array([255, 1]));
    expect([await shelf.find("a"), await shelf.list()]).toEqual([undefined, []]);
  });

  it("the archive is away -> keeping says so", async () => {
    const { shelf, store } = imageStage();
    store.faults.push("lost");
    await expect(shelf.keep(aged("a", 1))).rejects.toMatchObject({
      code: expect.stringMatching(/unavailable|timed-out/),
    });
  });
});
