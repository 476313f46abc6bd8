// The object store in a folder keeps the contract, and finds out what happened to its files.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FileObjectStore } from "../../host/nats/file-object-store.ts";
import { collected, digestOf, noise, objectStoreContract, pieces } from "./object-store.contract.ts";

async function makeStore() {
  const folder = await mkdtemp(join(tmpdir(), "arras-objects-"));
  return {
    folder,
    store: new FileObjectStore(join(folder, "objects")),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

objectStoreContract("FileObjectStore", makeStore);

it("a file was changed on disk -> object-broken after the last byte", async () => {
  const { folder, store, close } = await makeStore();
  const digest = digestOf(noise(1000));
  await store.put(digest, pieces(noise(1000)));
  await writeFile(join(folder, "objects", digest.slice(0, 2), digest), noise(1000, 2));
  await expect(collected(store.get(digest))).rejects.toMatchObject({ code: "object-broken" });
  await close();
});

it("a put fails -> no partial file stays", async () => {
  const { folder, store, close } = await makeStore();
  const digest = digestOf(noise(1));
  await store.put(digest, pieces(noise(1000))).catch(() => undefined);
  expect(await readdir(join(folder, "objects", digest.slice(0, 2)))).toEqual([]);
  await store.add(pieces(noise(1000)), { signal: AbortSignal.abort() }).catch(() => undefined);
  expect(await readdir(join(folder, "objects"))).toEqual([digest.slice(0, 2)]);
  await close();
});
