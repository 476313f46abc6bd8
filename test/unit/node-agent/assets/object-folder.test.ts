// A cache's objects: in use by their links, trusted by their seal, whole or not there.
import { appendFile, chmod, mkdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkOrCopy, ObjectFolder } from "../../../../node-agent/assets/object-folder.ts";
import { digestOf, noise, pieces } from "../../../contract/object-store.contract.ts";
import { cacheFolder, filesBelow } from "./cache-folder.ts";

const bytes = noise(200_000);
const digest = digestOf(bytes);

async function makeObjects() {
  const root = await cacheFolder();
  await mkdir(join(root, "own"));
  const at = (name: string) => join(root, "own", name);
  const objects = new ObjectFolder(join(root, "objects"));
  return { root, objects, at, add: () => objects.add(digest, pieces(bytes), at("part"), at("first")) };
}

describe("an object", () => {
  it("added -> at its target and in the cache, read-only, in use; nothing partial stays", async () => {
    const { root, objects, at, add } = await makeObjects();
    expect(await objects.take(digest, bytes.length, at("none"))).toBe(false);
    await add();
    expect(digestOf(await readFile(at("first")))).toBe(digest);
    expect((await stat(at("first"))).mode & 0o222).toBe(0);
    expect(await filesBelow(root)).toEqual([`objects/${digest.slice(0, 2)}/${digest}`, "own/first"]);
    expect(await objects.list()).toMatchObject([{ digest, sizeBytes: bytes.length, isInUse: true }]);
  });

  it("let go -> not in use; taken again -> the same file, no copy", async () => {
    const { objects, at, add } = await makeObjects();
    await add();
    await rm(at("first"));
    expect(await objects.list()).toMatchObject([{ isInUse: false }]);
    expect(await objects.take(digest, bytes.length, at("second"))).toBe(true);
    expect(await objects.list()).toMatchObject([{ isInUse: true }]);
    expect((await stat(at("second"))).ino).toBe((await stat(objects.pathOf(digest))).ino);
  });

  it("used later than another -> its time is later", async () => {
    const { objects, at, add } = await makeObjects();
    const other = noise(10, 5);
    await add();
    await rm(at("first"));
    await objects.add(digestOf(other), pieces(other), at("part"), at("other"));
    const isFirstNewer = async () => {
      const usedAt = new Map((await objects.list()).map((each) => [each.digest, each.usedAtMs]));
      return (usedAt.get(digest) ?? 0) > (usedAt.get(digestOf(other)) ?? 0);
    };
    expect(await isFirstNewer()).toBe(false);
    // File systems count time in steps of some milliseconds.
    do {
      await objects.take(digest, bytes.length, at("first"));
      await rm(at("first"));
    } while (!(await isFirstNewer()));
  });

  it("removed while somebody holds it -> his file stays", async () => {
    const { objects, at, add } = await makeObjects();
    await add();
    await objects.remove([digest]);
    expect(await objects.list()).toEqual([]);
    expect(digestOf(await readFile(at("first")))).toBe(digest);
  });

  it("two add it at once -> one file, both have it", async () => {
    const { objects, at } = await makeObjects();
    await Promise.all([
      objects.add(digest, pieces(bytes), at("p1"), at("a")),
      objects.add(digest, pieces(bytes), at("p2"), at("b")),
    ]);
    for (const name of ["a", "b"]) expect(digestOf(await readFile(at(name)))).toBe(digest);
    expect(await objects.list()).toHaveLength(1);
  });

  it("its source fails -> nothing is there", async () => {
    const { root, objects, at } = await makeObjects();
    async function* failing() {
      yield bytes.subarray(0, 1000);
      throw new Error("the line is cut");
    }
    await expect(objects.add(digest, failing(), at("part"), at("first"))).rejects.toThrow("the line is cut");
    expect(await filesBelow(root)).toEqual([]);
  });

  it("somebody wrote to it, or cut it -> not taken, and gone", async () => {
    for (const spoil of [(path: string) => appendFile(path, "x"), (path: string) => truncate(path, 5)]) {
      const { objects, at, add } = await makeObjects();
      await add();
      await rm(at("first"));
      await chmod(objects.pathOf(digest), 0o644);
      await spoil(objects.pathOf(digest));
      expect(await objects.take(digest, bytes.length, at("second"))).toBe(false);
      expect(await objects.list()).toEqual([]);
    }
  });

  it("a power cut left a file without its seal -> not taken", async () => {
    const { objects, at } = await makeObjects();
    await mkdir(join(objects.pathOf(digest), ".."), { recursive: true });
    await writeFile(objects.pathOf(digest), new Uint8Array(bytes.length));
    expect(await objects.take(digest, bytes.length, at("first"))).toBe(false);
  });

  it("a list says another size -> not taken, and it stays for others", async () => {
    const { objects, at, add } = await makeObjects();
    await add();
    expect(await objects.take(digest, bytes.length - 1, at("second"))).toBe(false);
    expect(await objects.sizeOf(digest)).toBe(bytes.length);
    expect(await objects.sizeOf(digestOf(noise(3)))).toBeUndefined();
  });

  it("the target is there already -> EEXIST, and what is there stays", async () => {
    const { objects, at, add } = await makeObjects();
    await add();
    await writeFile(at("second"), "mine");
    await expect(objects.take(digest, bytes.length, at("second"))).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(at("second"), "utf8")).toBe("mine");
  });
});

it("a link where links cannot be had -> a sealed copy", async () => {
  const root = await cacheFolder();
  // Another file system than the folder of temporary files, on most machines; else this is a link, which is as well.
  const elsewhere = await import("node:fs/promises")
    .then(({ mkdtemp }) => mkdtemp("/dev/shm/arras-"))
    .catch(() => root);
  await writeFile(join(elsewhere, "a"), "content");
  await utimes(join(elsewhere, "a"), 1_000_000_000, 1_000_000_000);
  await linkOrCopy(join(elsewhere, "a"), join(root, "b"));
  expect(await readFile(join(root, "b"), "utf8")).toBe("content");
  expect((await stat(join(root, "b"))).mtimeMs).toBe(1_000_000_000_000);
  if (elsewhere !== root) await rm(elsewhere, { recursive: true });
});
