// What is sent of a bundle, in what order, and what happens when that breaks off.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SceneBundle } from "../../../../cli/bundle/bundle-scene.ts";
import { type AssetStore, type UploadProgress, uploadBundle } from "../../../../cli/bundle/upload-bundle.ts";
import { manifestToBytes } from "../../../../proto/bundle-manifest.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { limits } from "../../../../proto/limits.ts";
import { digestOf, noise } from "../../../contract/object-store.contract.ts";
import { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";

let folder = "";
let bundle: SceneBundle;
const sizeBytes = 300_000;
const names = ["a", "b", "c", "d", "e", "f"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arras-upload-"));
  const files = [];
  for (const [seed, name] of names.entries()) {
    const bytes = noise(sizeBytes, seed + 1);
    await writeFile(join(folder, name), bytes);
    files.push({ path: `scene/${name}`, source: join(folder, name), sha256: digestOf(bytes), sizeBytes });
  }
  const manifest = manifestToBytes(files);
  bundle = { sha256: digestOf(manifest), manifest, files, scenePath: "scene/a", environmentPath: "", notices: [] };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const unavailable = () => new ArrasError("unavailable", { message: "The coordinator is gone", action: "Wait." });

/** A farm's store without the wire between; `fail` may throw before an upload. */
class FakeFarm implements AssetStore {
  readonly store = new MemoryObjectStore();
  readonly uploads: string[] = [];
  readonly asked: { readonly count: number; readonly verify: boolean }[] = [];
  fail: (digest: string) => void = () => {};

  async findMissing(digests: readonly string[], verify: boolean): Promise<readonly string[]> {
    this.asked.push({ count: digests.length, verify });
    return digests.filter((digest) => !this.store.objects.has(digest));
  }

  async upload(digest: string, source: AsyncIterable<Uint8Array>, options: Parameters<AssetStore["upload"]>[2]) {
    this.fail(digest);
    this.uploads.push(digest);
    await this.store.put(digest, source, { onProgress: options.onSent, signal: options.signal });
  }
}

function options(signal = new AbortController().signal) {
  const told: UploadProgress[] = [];
  const pauses: number[] = [];
  const pause = async (delayMs: number) => void pauses.push(delayMs);
  return {
    told,
    pauses,
    signal,
    verify: false,
    pause,
    onProgress: (progress: UploadProgress) => void told.push(progress),
  };
}

describe("uploading a bundle", () => {
  it("the farm has nothing -> every file once, the manifest last; progress ends at all of it", async () => {
    const farm = new FakeFarm();
    const world = options();
    const sent = await uploadBundle(bundle, farm, world);
    expect(sent).toEqual({ doneFileCount: 6, fileCount: 6, doneBytes: 6 * sizeBytes, totalBytes: 6 * sizeBytes });
    expect(world.told.at(-1)).toEqual(sent);
    expect(world.told.every(({ doneBytes, totalBytes }) => doneBytes <= totalBytes)).toBe(true);
    expect(farm.uploads).toHaveLength(7);
    expect(farm.uploads.at(-1)).toBe(bundle.sha256);
    expect(new Set(farm.uploads).size).toBe(7);
  });

  it("the farm has all -> nothing is sent; it has some -> the rest is", async () => {
    const farm = new FakeFarm();
    await uploadBundle(bundle, farm, options());
    farm.uploads.length = 0;
    expect(await uploadBundle(bundle, farm, options())).toMatchObject({ fileCount: 0, totalBytes: 0 });
    expect(farm.uploads).toEqual([]);
    farm.store.objects.delete(bundle.files[2]?.sha256 ?? "");
    expect(await uploadBundle(bundle, farm, options())).toMatchObject({ fileCount: 1, totalBytes: sizeBytes });
    expect(farm.uploads).toEqual([bundle.files[2]?.sha256]);
  });

  it("the coordinator goes away and comes back -> asks again and sends only what is still missing", async () => {
    const farm = new FakeFarm();
    let failures = 3;
    farm.fail = (digest) => {
      if (digest === bundle.files[4]?.sha256 && failures-- > 0) throw unavailable();
    };
    const world = options();
    await uploadBundle(bundle, farm, world);
    expect(new Set(farm.uploads).size).toBe(7);
    expect(farm.uploads.at(-1)).toBe(bundle.sha256);
    expect(farm.asked.map(({ count }) => count)).toEqual(
      [...farm.asked.map(({ count }) => count)].sort((a, b) => b - a),
    );
    // Each pause is twice the last, but for those that follow a file more.
    expect(world.pauses).toHaveLength(3);
    expect(world.pauses).toEqual([...world.pauses].sort((a, b) => a - b));
  });

  it("the farm's door lets in so many at a time -> each time some more, until all are there", async () => {
    const farm = new FakeFarm();
    let leftCount = 2;
    farm.fail = () => {
      if (leftCount-- > 0) return;
      leftCount = 2;
      throw new ArrasError("rate-exceeded", { message: "Too fast", action: "Wait." });
    };
    const world = options();
    await uploadBundle(bundle, farm, world);
    expect(farm.uploads.at(-1)).toBe(bundle.sha256);
    expect(world.pauses.length).toBeGreaterThanOrEqual(3);
    // What is missing is asked once.
    expect(farm.asked).toHaveLength(1);
  });

  it("it never comes back -> unavailable after some tries, with the file's name", async () => {
    const farm = new FakeFarm();
    farm.fail = () => {
      throw unavailable();
    };
    const world = options();
    await expect(uploadBundle(bundle, farm, world)).rejects.toMatchObject({
      code: "unavailable",
      place: { path: expect.stringContaining(folder) },
    });
    expect(world.pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000]);
  });

  it("there was never an answer -> given up sooner", async () => {
    const farm = new FakeFarm();
    farm.findMissing = async () => {
      throw unavailable();
    };
    const world = options();
    await expect(uploadBundle(bundle, farm, world)).rejects.toMatchObject({ code: "unavailable" });
    expect(world.pauses).toEqual([500, 1000, 2000]);
  });

  it("a file changed after it was read -> object-broken, the manifest is not sent, the others are called off", async () => {
    const farm = new FakeFarm();
    const changed = join(folder, "changed");
    await writeFile(changed, noise(10));
    const [first, ...others] = bundle.files;
    const files = [{ ...first!, source: changed }, ...others];
    await expect(uploadBundle({ ...bundle, files }, farm, options())).rejects.toMatchObject({
      code: "object-broken",
      place: { path: changed },
    });
    expect(farm.store.objects.has(bundle.sha256)).toBe(false);
  });

  it("a file vanished after it was read -> scene-missing", async () => {
    const [first, ...others] = bundle.files;
    const files = [{ ...first!, source: join(folder, "gone") }, ...others];
    await expect(uploadBundle({ ...bundle, files }, new FakeFarm(), options())).rejects.toMatchObject({
      code: "scene-missing",
      place: { path: join(folder, "gone") },
    });
  });

  it("it is stopped in the middle -> cancelled, and says that nothing is lost", async () => {
    const farm = new FakeFarm();
    const stopping = new AbortController();
    farm.fail = (digest) => {
      if (digest === bundle.files[3]?.sha256) stopping.abort();
    };
    await expect(uploadBundle(bundle, farm, options(stopping.signal))).rejects.toMatchObject({
      code: "cancelled",
      message: expect.stringContaining("upload was stopped"),
    });
    expect(farm.store.objects.has(bundle.sha256)).toBe(false);
  });

  it("to be verified -> asked for one by one, once, also when it breaks off later", async () => {
    const farm = new FakeFarm();
    let failures = 1;
    farm.fail = () => {
      if (failures-- > 0) throw unavailable();
    };
    await uploadBundle(bundle, farm, { ...options(), verify: true });
    expect(farm.asked.filter(({ verify }) => verify)).toEqual(
      Array.from({ length: 7 }, () => ({ count: 1, verify: true })),
    );
    expect(farm.asked.some(({ verify }) => !verify)).toBe(true);
  });

  it("files share their contents -> sent once", async () => {
    const [first] = bundle.files;
    const files = [first!, { ...first!, path: "scene/copy" }];
    const farm = new FakeFarm();
    expect(await uploadBundle({ ...bundle, files }, farm, options())).toMatchObject({ fileCount: 1 });
  });

  it("more digests than one question takes -> several questions", async () => {
    const farm = new FakeFarm();
    const files = Array.from({ length: limits.assetDigestsMax + 3 }, (_, at) => {
      const sha256 = at.toString(16).padStart(64, "0");
      farm.store.objects.set(sha256, noise(0));
      return { path: `scene/${at}`, source: "", sha256, sizeBytes: 0 };
    });
    await uploadBundle({ ...bundle, files }, farm, options());
    expect(farm.asked.map(({ count }) => count)).toEqual([limits.assetDigestsMax, 4]);
  });
});
