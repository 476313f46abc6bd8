// Which bundles a cache has whole: an empty file marks each that was, and whether it still is, is looked up.
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { manifestFromBytes } from "../../proto/bundle-manifest.ts";
import { limits } from "../../proto/limits.ts";
import { isSha256 } from "../../proto/sha256.ts";
import { ifMissing } from "./object-folder.ts";

export class BundleMarks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** It is whole, and the last used. */
  async set(bundleSha256: string): Promise<void> {
    const path = join(this.#folder, bundleSha256);
    const now = new Date();
    await mkdir(this.#folder, { recursive: true });
    await writeFile(path, "");
    await utimes(path, now, now);
  }

  /** Changes when a bundle is marked, or is no more, by any agent. */
  async version(): Promise<number> {
    return (await stat(this.#folder).catch(ifMissing))?.mtimeMs ?? 0;
  }

  /** The last used first. Marks of those that are not whole any more go. `pathOf` is where an object would be. */
  async whole(present: ReadonlySet<string>, pathOf: (digest: string) => string): Promise<string[]> {
    const names = ((await readdir(this.#folder).catch(ifMissing)) ?? []).filter(isSha256);
    const marks = await Promise.all(
      names.map(async (name) => ({ name, usedAtMs: (await stat(join(this.#folder, name)).catch(ifMissing))?.mtimeMs })),
    );
    marks.sort((a, b) => (b.usedAtMs ?? 0) - (a.usedAtMs ?? 0));
    const whole: string[] = [];
    for (const { name } of marks) {
      if (whole.length < limits.heartbeatBundlesMax && (await isWhole(name, present, pathOf))) whole.push(name);
      else await rm(join(this.#folder, name), { force: true });
    }
    return whole;
  }
}

async function isWhole(
  bundleSha256: string,
  present: ReadonlySet<string>,
  pathOf: (digest: string) => string,
): Promise<boolean> {
  if (!present.has(bundleSha256)) return false;
  try {
    const files = manifestFromBytes(await readFile(pathOf(bundleSha256)));
    return files.every(({ sha256 }) => present.has(sha256));
  } catch {
    // It went meanwhile, or is not what it was: then whoever takes it finds that out and says so.
    return false;
  }
}
