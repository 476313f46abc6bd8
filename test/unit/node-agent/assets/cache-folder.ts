// A cache's folder for tests, and scenes to put into it.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { manifestToBytes } from "../../../../proto/bundle-manifest.ts";
import { digestOf, noise } from "../../../contract/object-store.contract.ts";
import type { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";

export async function cacheFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "arras-cache-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestBundle {
  readonly bundleSha256: string;
  readonly manifestSizeBytes: number;
  /** By path. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Puts a bundle into the store: by path the seed of its contents, and its size. */
export function putBundle(
  store: MemoryObjectStore,
  files: Readonly<Record<string, { readonly seed: number; readonly sizeBytes: number }>>,
): TestBundle {
  const listed = Object.entries(files).map(([path, { seed, sizeBytes }]) => {
    const bytes = noise(sizeBytes, seed);
    store.objects.set(digestOf(bytes), bytes);
    return { path, sha256: digestOf(bytes), sizeBytes };
  });
  const manifest = manifestToBytes(listed);
  store.objects.set(digestOf(manifest), manifest);
  return {
    bundleSha256: digestOf(manifest),
    manifestSizeBytes: manifest.length,
    digests: new Map(listed.map(({ path, sha256 }) => [path, sha256])),
  };
}

/** Files below a folder, by their paths. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
