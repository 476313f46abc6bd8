// A node's cache on a disk that is full: a small file system of its own, where this machine lets one be mounted.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { BundleCache, type BundleState } from "../../node-agent/assets/bundle-cache.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { MemoryObjectStore } from "../fakes/memory-object-store.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { filesBelow, putBundle } from "../unit/node-agent/assets/cache-folder.ts";

const disk = mkdtempSync(join(tmpdir(), "arras-disk-"));
const isMounted = mounted();

function mounted(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "arras-test", disk], { stdio: "ignore" });
    return true;
  } catch {
    process.stdout.write("no file system can be mounted here: the test of a full disk is left out\n");
    return false;
  }
}

afterAll(() => {
  if (isMounted) execFileSync("umount", [disk]);
  rmSync(disk, { recursive: true, force: true });
});

it.skipIf(!isMounted)(
  "the disk is full in the middle of a scene -> cache-failed, says so; room is made -> it comes",
  async () => {
    const store = new MemoryObjectStore();
    const world = { source: store, clock: new FakeClock(), log: silentLog };
    // It believes in more than there is.
    const cache = await BundleCache.open({ folder: join(disk, "cache"), sizeBytesMax: 1e9, holder: "h" }, world);
    writeFileSync(join(disk, "others"), new Uint8Array(600_000));
    const { bundleSha256 } = putBundle(store, {
      "scene/a": { seed: 1, sizeBytes: 200_000 },
      "scene/b": { seed: 2, sizeBytes: 400_000 },
    });
    const outcome = () =>
      new Promise<BundleState>(
        (resolve) => void cache.hold(bundleSha256, (state) => state.t !== "fetching" && resolve(state)),
      );
    expect(await outcome()).toMatchObject({
      t: "failed",
      error: {
        code: "cache-failed",
        message: expect.stringMatching(/disk that is full/),
        action: expect.stringMatching(/Make room there/),
        place: { path: expect.stringMatching(/^scene\/[ab]$/) },
      },
    });
    rmSync(join(disk, "others"));
    const state = await outcome();
    expect(state.t === "ready" ? await readdir(join(state.folder, "scene")) : state).toEqual(["a", "b"]);
    await cache.close();
    expect((await filesBelow(join(disk, "cache"))).every((path) => /^(objects|bundles)\//.test(path))).toBe(true);
  },
);
