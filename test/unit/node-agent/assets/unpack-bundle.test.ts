// One bundle as a folder: what is linked, what is fetched, and that nothing gets out of it.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { CacheRoom } from "../../../../node-agent/assets/cache-room.ts";
import { ObjectFolder } from "../../../../node-agent/assets/object-folder.ts";
import { type Unpacking, unpackBundle } from "../../../../node-agent/assets/unpack-bundle.ts";
import { BundleManifestSchema } from "../../../../proto/gen/arras/v1/asset_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { digestOf, noise } from "../../../contract/object-store.contract.ts";
import { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";
import { cacheFolder, filesBelow, putBundle } from "./cache-folder.ts";

async function cacheOf(sizeBytesMax = 10_000_000) {
  const root = await cacheFolder();
  await mkdir(join(root, "own"));
  const store = new MemoryObjectStore();
  const objects = new ObjectFolder(join(root, "objects"));
  const parts = { objects, room: new CacheRoom(objects, sizeBytesMax), source: store };
  let count = 0;
  const unpack = (bundleSha256: string, changes: Partial<Unpacking> = {}) => {
    const folder = join(root, "own", `b${count++}`);
    const unpacking = {
      bundleSha256,
      folder,
      manifestPath: `${folder}.manifest`,
      partialPath: () => join(root, "own", `part-${count++}`),
      signal: new AbortController().signal,
      startAt: 0,
      onProgress: () => {},
      ...changes,
    };
    return unpackBundle(unpacking, parts).then(() => folder);
  };
  return { root, store, objects, unpack };
}

const scene = {
  "scene/a.gltf": { seed: 1, sizeBytes: 1000 },
  "scene/tex/wood.png": { seed: 2, sizeBytes: 300_000 },
  "environment/sky.hdr": { seed: 3, sizeBytes: 500_000 },
};

describe("a bundle", () => {
  it("nothing of it is in the cache -> its files at their paths, each fetched once; progress ends at their size", async () => {
    const { store, unpack } = await cacheOf();
    const { bundleSha256, digests } = putBundle(store, scene);
    const told: number[] = [];
    const folder = await unpack(bundleSha256, {
      onProgress: (doneBytes, totalBytes) => told.push(doneBytes / totalBytes),
    });
    expect(await filesBelow(folder)).toEqual(["environment/sky.hdr", "scene/a.gltf", "scene/tex/wood.png"]);
    for (const [path, digest] of digests) expect(digestOf(await readFile(join(folder, path)))).toBe(digest);
    expect(store.gets.sort()).toEqual([bundleSha256, ...digests.values()].sort());
    expect(told.at(-1)).toBe(1);
  });

  it("all of it is there -> nothing is fetched, and the files are the same ones", async () => {
    const { store, unpack } = await cacheOf();
    const { bundleSha256 } = putBundle(store, scene);
    const first = await unpack(bundleSha256);
    store.gets.length = 0;
    const second = await unpack(bundleSha256);
    expect(store.gets).toEqual([]);
    const inode = async (folder: string) => (await stat(join(folder, "scene/a.gltf"))).ino;
    expect(await inode(second)).toBe(await inode(first));
  });

  it("another scene shares a file with it -> that one is not fetched", async () => {
    const { store, unpack } = await cacheOf();
    await unpack(putBundle(store, scene).bundleSha256);
    store.gets.length = 0;
    const other = putBundle(store, { ...scene, "scene/a.gltf": { seed: 9, sizeBytes: 50 } });
    await unpack(other.bundleSha256);
    expect(store.gets.sort()).toEqual([other.bundleSha256, other.digests.get("scene/a.gltf")].sort());
  });

  it("several files have the same contents -> fetched once, there as often as named", async () => {
    const { store, unpack } = await cacheOf();
    const same = { seed: 4, sizeBytes: 5000 };
    const { bundleSha256 } = putBundle(store, { a: same, "b/c": same, "b/d": same });
    const folder = await unpack(bundleSha256);
    expect(store.gets).toHaveLength(2);
    for (const path of ["a", "b/c", "b/d"]) expect(await readFile(join(folder, path))).toHaveLength(5000);
  });

  it("two agents fetch it at once, each beginning elsewhere -> both have it, and nothing is broken", async () => {
    const { store, unpack, objects } = await cacheOf();
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`f${at}`, { seed: at + 1, sizeBytes: 20_000 }]),
    );
    const { bundleSha256, digests } = putBundle(store, many);
    const folders = await Promise.all([unpack(bundleSha256), unpack(bundleSha256, { startAt: 15 })]);
    for (const folder of folders)
      for (const [path, digest] of digests) expect(digestOf(await readFile(join(folder, path)))).toBe(digest);
    expect(await objects.list()).toHaveLength(31);
    // Each did some for the other.
    expect(store.gets.length).toBeLessThan(60);
  });
});

describe("a bundle that cannot be had", () => {
  it("a file or the list of them is missing, or broken, in the store -> said with the file, and what came stays", async () => {
    const { store, unpack, objects } = await cacheOf();
    const { bundleSha256, digests } = putBundle(store, scene);
    const wood = digests.get("scene/tex/wood.png") ?? "";
    store.objects.delete(wood);
    await expect(unpack(bundleSha256)).rejects.toMatchObject({
      code: "object-missing",
      place: { path: "scene/tex/wood.png" },
    });
    store.objects.set(wood, noise(300_000, 77));
    await expect(unpack(bundleSha256)).rejects.toMatchObject({
      code: "object-broken",
      place: { path: "scene/tex/wood.png" },
      action: expect.stringContaining("--verify-assets"),
    });
    expect((await objects.list()).some(({ digest }) => digest === wood)).toBe(false);
    expect((await objects.list()).some(({ digest }) => digest === digests.get("scene/a.gltf"))).toBe(true);
    await expect(unpack(digestOf(noise(8)))).rejects.toMatchObject({ code: "object-missing" });
  });

  it("its list leads out of the folder -> message-malformed, and nothing is written anywhere", async () => {
    const { root, store, unpack } = await cacheOf();
    await writeFile(join(root, "victim"), "as it was");
    for (const path of ["../victim", "../../victim", join(root, "victim"), "a/../../../victim"]) {
      const sha256 = digestOf(noise(9));
      store.objects.set(sha256, noise(9));
      const files = [{ path, sha256, sizeBytes: 9n }];
      const manifest = toBinary(BundleManifestSchema, create(BundleManifestSchema, { files }));
      store.objects.set(digestOf(manifest), manifest);
      await expect(unpack(digestOf(manifest))).rejects.toMatchObject({ code: "message-malformed" });
    }
    expect(await readFile(join(root, "victim"), "utf8")).toBe("as it was");
    expect((await readdir(root)).sort()).toEqual(["objects", "own", "victim"]);
  });

  it("a file is longer than its list says, or shorter -> object-broken", async () => {
    const { store, unpack } = await cacheOf();
    const bytes = noise(2_000_000);
    store.objects.set(digestOf(bytes), bytes);
    for (const sizeBytes of [1000n, 2_000_001n]) {
      const files = [{ path: "f", sha256: digestOf(bytes), sizeBytes }];
      const manifest = toBinary(BundleManifestSchema, create(BundleManifestSchema, { files }));
      store.objects.set(digestOf(manifest), manifest);
      await expect(unpack(digestOf(manifest))).rejects.toMatchObject({ code: "object-broken", place: { path: "f" } });
    }
    const large = new Uint8Array(limits.bundleManifestSizeBytesMax + 1);
    store.objects.set(digestOf(large), large);
    await expect(unpack(digestOf(large))).rejects.toMatchObject({ code: "object-broken" });
  });

  it("it is larger than the cache -> cache-failed before anything is fetched", async () => {
    const { store, unpack } = await cacheOf(700_000);
    const { bundleSha256 } = putBundle(store, scene);
    await expect(unpack(bundleSha256)).rejects.toMatchObject({ code: "cache-failed", retry: "other-node" });
    expect(store.gets).toEqual([bundleSha256]);
  });

  it("nobody wants it any more -> cancelled in the middle; the next time it goes on from there", async () => {
    const { store, unpack, root } = await cacheOf();
    const { bundleSha256, digests } = putBundle(store, scene);
    const leaving = new AbortController();
    store.beforePiece = (digest, offsetBytes) => {
      if (digest === digests.get("environment/sky.hdr") && offsetBytes > 0) leaving.abort();
    };
    await expect(unpack(bundleSha256, { signal: leaving.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect((await readdir(join(root, "own"))).filter((name) => name.startsWith("part"))).toEqual([]);
    store.gets.length = 0;
    await unpack(bundleSha256);
    expect(store.gets).toContain(digests.get("environment/sky.hdr"));
    expect(store.gets).not.toContain(bundleSha256);
  });
});
