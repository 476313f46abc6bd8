// The objects of a cache, a file for each digest, and how a file gets in and out.
//
// Who uses an object holds a hard link to it in a folder of his own, so the file system counts who does: an object with
// a second link is in use, and an object that is taken out while somebody takes it in use stays with him. Its change
// time is that of its last link or unlink, so it says when the object was last used. Nothing has to be locked, and
// whoever dies leaves nothing half done.
import { constants } from "node:fs";
import { chmod, copyFile, link, lstat, mkdir, open, readdir, rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CachedObject } from "./eviction.ts";

/** Of every object, in seconds: whatever writes to one changes it, and then it is not taken for what its name says. */
const sealSeconds = 1_000_000_000;
/** Files that are looked at together. */
const lookAtOnceMax = 64;

export class ObjectFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Links `target` to the object. False when it is not there, or not what it was when it came. */
  async take(digest: string, sizeBytes: number, target: string): Promise<boolean> {
    const path = this.pathOf(digest);
    const found = await lstat(path).catch(ifMissing);
    if (found === undefined) return false;
    if (!found.isFile() || found.mtimeMs !== sealSeconds * 1000) {
      await rm(path, { force: true });
      return false;
    }
    // Then it is the list that is wrong, and who fetches by it finds that out.
    if (found.size !== sizeBytes) return false;
    return (await linkOrCopy(path, target).catch(ifMissing)) !== undefined;
  }

  /** Writes the bytes to `partial`, and when all are right makes them the object and `target`. */
  async add(digest: string, source: AsyncIterable<Uint8Array>, partial: string, target: string): Promise<void> {
    try {
      const file = await open(partial, "wx");
      try {
        // Not write(), which may write less than it is given.
        for await (const piece of source) await file.appendFile(piece);
        // The seal must not survive a power cut without the contents.
        await file.datasync();
      } finally {
        await file.close();
      }
      await utimes(partial, sealSeconds, sealSeconds);
      await chmod(partial, 0o444);
      const path = this.pathOf(digest);
      await mkdir(dirname(path), { recursive: true });
      // Another agent may have been faster: then the two files are equal, and its is kept.
      await linkOrCopy(partial, path).catch(ifThere);
      await rename(partial, target);
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** An object of unknown size, for who asks for a manifest; undefined when it is not there. */
  async sizeOf(digest: string): Promise<number | undefined> {
    const found = await lstat(this.pathOf(digest)).catch(ifMissing);
    return found?.size;
  }

  async remove(digests: Iterable<string>): Promise<void> {
    for (const digest of digests) await rm(this.pathOf(digest), { force: true });
  }

  async list(): Promise<CachedObject[]> {
    const folders = (await readdir(this.#folder).catch(ifMissing)) ?? [];
    const paths: string[] = [];
    for (const folder of folders) {
      const names = (await readdir(join(this.#folder, folder)).catch(ifMissing)) ?? [];
      paths.push(...names.map((name) => join(this.#folder, folder, name)));
    }
    const objects: CachedObject[] = [];
    for (let begin = 0; begin < paths.length; begin += lookAtOnceMax) {
      const together = paths.slice(begin, begin + lookAtOnceMax);
      objects.push(...(await Promise.all(together.map(look))).filter((object) => object !== undefined));
    }
    return objects;
  }

  /** Two digits of folder: a folder of a million files is slow on many file systems. */
  pathOf(digest: string): string {
    return join(this.#folder, digest.slice(0, 2), digest);
  }
}

async function look(path: string): Promise<CachedObject | undefined> {
  const found = await lstat(path).catch(ifMissing);
  if (found === undefined) return undefined;
  const { size: sizeBytes, nlink, ctimeMs: usedAtMs } = found;
  return { digest: path.slice(-64), sizeBytes, isInUse: nlink > 1, usedAtMs };
}

/** File systems without hard links, more links than one allows, and files of another user (protected_hardlinks). */
const noLink: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EXDEV",
]);

/** A copy where links cannot be had: it shares its blocks where the file system can. Never replaces a file. */
export async function linkOrCopy(path: string, target: string): Promise<true> {
  try {
    await link(path, target);
  } catch (thrown) {
    if (!noLink.has(codeOf(thrown))) throw thrown;
    await copyFile(path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await utimes(target, sealSeconds, sealSeconds);
  }
  return true;
}

export function codeOf(thrown: unknown): string | undefined {
  return (thrown as NodeJS.ErrnoException).code;
}

/** undefined for a file that is not there. */
export function ifMissing(thrown: unknown): undefined {
  if (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "ENOTDIR") throw thrown;
}

function ifThere(thrown: unknown): void {
  if (codeOf(thrown) !== "EEXIST") throw thrown;
}
