// Which bundles a cache has whole.
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BundleMarks } from "../../../../node-agent/assets/bundle-marks.ts";
import { limits } from "../../../../proto/limits.ts";
import { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";
import { cacheFolder, putBundle } from "./cache-folder.ts";

async function marked() {
  const folder = await cacheFolder();
  const store = new MemoryObjectStore();
  const bundles = [1, 2].map((seed) => putBundle(store, { "scene/a": { seed, sizeBytes: 10 } }));
  const [first, second] = bundles.map(({ bundleSha256 }) => bundleSha256) as [string, string];
  for (const { bundleSha256 } of bundles)
    await writeFile(join(folder, `manifest-${bundleSha256}`), store.objects.get(bundleSha256) ?? "");
  const marks = new BundleMarks(join(folder, "bundles"));
  const pathOf = (digest: string) => join(folder, `manifest-${digest}`);
  return { folder, first, second, marks, pathOf, present: new Set(store.objects.keys()), bundles };
}

it("none is marked -> none; some are -> the last used first", async () => {
  const { folder, marks, first, second, present, pathOf } = await marked();
  expect(await marks.whole(present, pathOf)).toEqual([]);
  expect(await marks.version()).toBe(0);
  await marks.set(first);
  await marks.set(second);
  await utimes(join(folder, "bundles", first), 2000, 2000);
  await utimes(join(folder, "bundles", second), 1000, 1000);
  expect(await marks.whole(present, pathOf)).toEqual([first, second]);
  expect(await marks.version()).toBeGreaterThan(0);
  await marks.set(second);
  expect(await marks.whole(present, pathOf)).toEqual([second, first]);
});

it("a file or the list of one has left the cache -> it is none any more, and its mark goes", async () => {
  const { folder, marks, first, second, present, pathOf, bundles } = await marked();
  for (const digest of [first, second]) await marks.set(digest);
  const withoutFile = new Set(present);
  withoutFile.delete(bundles[0]?.digests.get("scene/a") ?? "");
  expect(await marks.whole(withoutFile, pathOf)).toEqual([second]);
  expect(await readdir(join(folder, "bundles"))).toEqual([second]);
  const withoutManifest = new Set(present);
  withoutManifest.delete(second);
  expect(await marks.whole(withoutManifest, pathOf)).toEqual([]);
});

it("its list is not what it was, or something else lies there -> passed over", async () => {
  const { folder, marks, first, present, pathOf } = await marked();
  await marks.set(first);
  await writeFile(join(folder, "bundles", "README"), "");
  await writeFile(pathOf(first), "spoilt");
  expect(await marks.whole(present, pathOf)).toEqual([]);
  expect(await readFile(join(folder, "bundles", "README"), "utf8")).toBe("");
});

it("more than a heartbeat names -> the last used of them", async () => {
  const { folder, marks, present, pathOf } = await marked();
  const store = new MemoryObjectStore();
  for (let seed = 0; seed < limits.heartbeatBundlesMax + 2; seed++) {
    const { bundleSha256 } = putBundle(store, { f: { seed: seed + 10, sizeBytes: 1 } });
    await marks.set(bundleSha256);
    await utimes(join(folder, "bundles", bundleSha256), seed, seed);
    await writeFile(pathOf(bundleSha256), store.objects.get(bundleSha256) ?? "");
  }
  const all = new Set([...present, ...store.objects.keys()]);
  expect(await marks.whole(all, pathOf)).toHaveLength(limits.heartbeatBundlesMax);
  expect(await readdir(join(folder, "bundles"))).toHaveLength(limits.heartbeatBundlesMax);
});
