// A machine's scenes: fetched once for all who hold them, kept within a size, shared by agents of which any may die.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { BundleCache, type BundleState } from "../../../../node-agent/assets/bundle-cache.ts";
import { limits } from "../../../../proto/limits.ts";
import { digestOf, noise } from "../../../contract/object-store.contract.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";
import { until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { cacheFolder, filesBelow, putBundle } from "./cache-folder.ts";

interface Setup {
  readonly folder?: string;
  readonly sizeBytesMax?: number | undefined;
  readonly holder?: string;
  readonly store?: MemoryObjectStore;
}

async function openCache({ folder, sizeBytesMax = 10_000_000, holder = "h1", store }: Setup = {}) {
  const root = folder ?? (await cacheFolder());
  const source = store ?? new MemoryObjectStore();
  const clock = new FakeClock();
  const cache = await BundleCache.open({ folder: root, sizeBytesMax, holder }, { source, clock, log: silentLog });
  onTestFinished(() => cache.close());
  return { cache, root, store: source, clock };
}

/** Holds it, and resolves with the last that is told. */
function held(cache: BundleCache, bundleSha256: string) {
  const states: BundleState[] = [];
  let settle: (state: BundleState) => void = () => {};
  const last = new Promise<BundleState>((resolve) => {
    settle = resolve;
  });
  const hold = cache.hold(bundleSha256, (state) => {
    states.push(state);
    if (state.t !== "fetching") settle(state);
  });
  return { hold, states, last, release: () => hold.release() };
}

async function folderOf({ last }: ReturnType<typeof held>): Promise<string> {
  const state = await last;
  if (state.t !== "ready") throw new Error(JSON.stringify(state));
  return state.folder;
}

const oneFile = (seed: number, sizeBytes = 100_000) => ({ "scene/a": { seed, sizeBytes } });
/** Bytes of all objects in the cache. */
async function cachedDigests(root: string): Promise<string[]> {
  return (await filesBelow(join(root, "objects"))).map((path) => path.slice(-64)).sort();
}

describe("a held bundle", () => {
  it("is fetched once for two who hold it, told to each, and its folder goes with the last", async () => {
    const { cache, store, root } = await openCache();
    const { bundleSha256, digests } = putBundle(store, oneFile(1));
    const [one, two] = [held(cache, bundleSha256), held(cache, bundleSha256)];
    const folder = await folderOf(one);
    expect(await folderOf(two)).toBe(folder);
    expect(store.gets).toHaveLength(2);
    const late = held(cache, bundleSha256);
    expect(await folderOf(late)).toBe(folder);
    one.release();
    one.release();
    two.release();
    expect(await readFile(join(folder, "scene/a"))).toHaveLength(100_000);
    late.release();
    await until(() => cache.held.length === 1);
    await cache.close();
    expect(await filesBelow(join(root, "holders"))).toEqual([]);
    expect(await cachedDigests(root)).toEqual([bundleSha256, ...digests.values()].sort());
  });

  it("is known as held from then on, also by the next agent of the machine", async () => {
    const { cache, store, root } = await openCache();
    expect(cache.held).toEqual([]);
    const { bundleSha256 } = putBundle(store, oneFile(1));
    const one = held(cache, bundleSha256);
    await folderOf(one);
    expect(cache.held).toEqual([bundleSha256]);
    await cache.close();
    const again = await openCache({ folder: root, holder: "h2" });
    expect(again.cache.held).toEqual([bundleSha256]);
    await folderOf(held(again.cache, bundleSha256));
    expect(again.store.gets).toEqual([]);
  });

  it("takes long -> how far it is is told after 5 s, then at twice the time each", async () => {
    const { cache, store, clock } = await openCache();
    const { bundleSha256, digests } = putBundle(store, oneFile(1, 3_000_000));
    let goOn: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isAtGate = false;
    store.beforePiece = (digest, offsetBytes) => {
      if (digest !== digests.get("scene/a") || offsetBytes < 1_000_000) return;
      isAtGate = true;
      return gate;
    };
    const one = held(cache, bundleSha256);
    await until(() => isAtGate);
    clock.advance(4_999);
    expect(one.states).toEqual([]);
    clock.advance(1);
    expect(one.states).toEqual([{ t: "fetching", doneBytes: expect.any(Number), totalBytes: 3_000_000 }]);
    clock.advance(9_999);
    expect(one.states).toHaveLength(1);
    clock.advance(1);
    expect(one.states).toHaveLength(2);
    goOn();
    await one.last;
    clock.advance(1_000_000);
    expect(one.states.map(({ t }) => t)).toEqual(["fetching", "fetching", "ready"]);
  });

  it("is let go while it is fetched -> fetched no further, and held again it comes", async () => {
    const { cache, store } = await openCache();
    const { bundleSha256, digests } = putBundle(store, oneFile(1, 3_000_000));
    let pieceCount = 0;
    const one = held(cache, bundleSha256);
    store.beforePiece = (digest) => {
      if (digest === digests.get("scene/a") && ++pieceCount === 2) one.release();
    };
    await until(() => pieceCount >= 2);
    const two = held(cache, bundleSha256);
    const folder = await folderOf(two);
    expect(await readFile(join(folder, "scene/a"))).toHaveLength(3_000_000);
    expect(one.states).toEqual([]);
  });

  it("cannot be had -> failed with the reason for all who hold it; held again it is tried again", async () => {
    const { cache, store } = await openCache();
    const { bundleSha256, digests } = putBundle(store, oneFile(1));
    const digest = digests.get("scene/a") ?? "";
    const bytes = store.objects.get(digest) ?? noise(0);
    store.objects.delete(digest);
    const [one, two] = [held(cache, bundleSha256), held(cache, bundleSha256)];
    for (const each of [one, two])
      expect(await each.last).toMatchObject({ t: "failed", error: { code: "object-missing" } });
    store.objects.set(digest, bytes);
    await folderOf(held(cache, bundleSha256));
    one.release();
    two.release();
  });
});

describe("a cache's size", () => {
  it("a third scene does not fit beside two -> the one not used for longest leaves; used ones never", async () => {
    const { cache, store, root } = await openCache({ sizeBytesMax: 250_000 });
    const bundles = [1, 2, 3].map((seed) => putBundle(store, oneFile(seed)));
    const [first, second, third] = bundles.map(({ bundleSha256 }) => bundleSha256) as [string, string, string];
    const one = held(cache, first);
    await folderOf(one);
    const two = held(cache, second);
    await folderOf(two);
    const three = held(cache, third);
    expect(await three.last).toMatchObject({
      t: "failed",
      error: { code: "cache-failed", message: expect.stringMatching(/0\.3 MB, of which 0\.2 MB are in use/) },
    });
    expect(cache.held).toHaveLength(2);
    one.release();
    await folderOf(held(cache, third));
    expect([...cache.held].sort()).toEqual([second, third].sort());
    expect(await cachedDigests(root)).not.toContain(bundles[0]?.digests.get("scene/a"));
    expect(await readFile(join(await folderOf(two), "scene/a"))).toHaveLength(100_000);
  });

  it("any order of scenes -> never more than its size when nothing is held, and what is held is whole", async () => {
    const { cache, store, root } = await openCache({ sizeBytesMax: 350_000 });
    const bundles = [1, 2, 3, 4, 5].map((seed) => putBundle(store, oneFile(seed)));
    for (const at of [0, 1, 2, 0, 3, 4, 0, 1, 4, 2]) {
      const bundle = bundles[at];
      const one = held(cache, bundle?.bundleSha256 ?? "");
      const folder = await folderOf(one);
      expect(digestOf(await readFile(join(folder, "scene/a")))).toBe(bundle?.digests.get("scene/a"));
      one.release();
    }
    await cache.close();
    let sizeBytes = 0;
    for (const digest of await cachedDigests(root)) sizeBytes += store.objects.get(digest)?.length ?? 0;
    expect(sizeBytes).toBeLessThanOrEqual(350_000);
    expect(sizeBytes).toBeGreaterThan(200_000);
  });

  it("it is opened with less than it has -> trimmed; without a size -> one by its disk", async () => {
    const { cache, store, root } = await openCache();
    await folderOf(held(cache, putBundle(store, oneFile(1)).bundleSha256));
    await cache.close();
    const small = await openCache({ folder: root, holder: "h2", sizeBytesMax: 50_000 });
    expect(small.cache.held).toEqual([]);
    expect((await cachedDigests(root)).length).toBeLessThanOrEqual(1);
    const world = { source: store, clock: new FakeClock(), log: silentLog };
    const free = await BundleCache.open({ folder: root, sizeBytesMax: undefined, holder: "h3" }, world);
    expect(free.sizeBytesMax).toBeGreaterThan(0);
    expect(free.sizeBytesMax).toBeLessThanOrEqual(limits.cacheSizeBytesDefaultMax);
    await free.close();
  });
});

describe("agents that share a cache", () => {
  it("one fetched it -> the other only links it, and what one lets go stays with the other", async () => {
    const { cache, store, root } = await openCache();
    const other = await openCache({ folder: root, holder: "h2", store: new MemoryObjectStore() });
    const { bundleSha256 } = putBundle(store, oneFile(1));
    const one = held(cache, bundleSha256);
    await folderOf(one);
    const two = held(other.cache, bundleSha256);
    const folder = await folderOf(two);
    expect(other.store.gets).toEqual([]);
    one.release();
    await cache.close();
    const small = await openCache({ folder: root, holder: "h3", sizeBytesMax: 10 });
    expect(await cachedDigests(root)).toHaveLength(2);
    expect(await readFile(join(folder, "scene/a"))).toHaveLength(100_000);
    await small.cache.close();
  });

  it("one is killed in the middle of a fetch -> after a minute nothing of it is left, and its scene comes whole", async () => {
    const { root, store } = await openCache();
    const { bundleSha256, digests } = putBundle(store, { ...oneFile(1), "scene/b": { seed: 2, sizeBytes: 50_000 } });
    // What a killed agent leaves: its folder, a half file, a linked one.
    const dead = await openCache({ folder: root, holder: "dead", store });
    const fetched = held(dead.cache, bundleSha256);
    await rm(join(await folderOf(fetched), "scene/b"));
    await writeFile(join(root, "holders/dead/part-7"), noise(1000));
    const { cache, clock } = await openCache({ folder: root, holder: "h3", store, sizeBytesMax: 160_000 });
    const whole = held(cache, bundleSha256);
    const folder = await folderOf(whole);
    for (const [path, digest] of digests) expect(digestOf(await readFile(join(folder, path)))).toBe(digest);
    whole.release();
    const otherScene = putBundle(store, oneFile(3));
    // The dead one's links hold the room still.
    expect(await held(cache, otherScene.bundleSha256).last).toMatchObject({
      t: "failed",
      error: { code: "cache-failed" },
    });
    while ((await readdir(join(root, "holders"))).includes("dead")) clock.advance(limits.cacheHolderTouchMs);
    expect(clock.nowMs()).toBeGreaterThan(limits.cacheHolderSilenceMsMax);
    await folderOf(held(cache, otherScene.bundleSha256));
  });

  it("one stood still for so long that others took it for dead -> it goes on with what it fetches anew", async () => {
    const { cache, clock, store, root } = await openCache();
    const { bundleSha256 } = putBundle(store, oneFile(1));
    await folderOf(held(cache, bundleSha256));
    await rm(join(root, "holders/h1"), { recursive: true });
    clock.advance(limits.cacheHolderTouchMs);
    const isBack = async () => (await readdir(join(root, "holders"))).includes("h1");
    while (!(await isBack()));
    const folder = await folderOf(held(cache, bundleSha256));
    expect(await readFile(join(folder, "scene/a"))).toHaveLength(100_000);
    expect(store.gets).toHaveLength(2);
  });
});

it("its folder cannot be used -> cache-failed with the folder", async () => {
  const root = await cacheFolder();
  await writeFile(join(root, "file"), "");
  const opening = openCache({ folder: join(root, "file/cache") });
  await expect(opening).rejects.toMatchObject({ code: "cache-failed", place: { path: join(root, "file/cache") } });
});
