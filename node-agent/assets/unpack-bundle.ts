// Makes one bundle a folder of files: links what the cache has, fetches the rest, every file at its own path and nowhere
// else. What was fetched stays in the cache also when the bundle fails later.
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InFlight } from "../../host/nats/in-flight.ts";
import { type BundleFile, bundleSizeBytes, distinctObjects, manifestFromBytes } from "../../proto/bundle-manifest.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { cacheFailure, fetchFailure } from "./cache-error.ts";
import type { CacheRoom } from "./cache-room.ts";
import { linkOrCopy, type ObjectFolder } from "./object-folder.ts";

/** The farm's store of assets. */
export interface AssetSource {
  get(digest: string, options: { readonly signal: AbortSignal }): AsyncIterable<Uint8Array>;
}

export interface Unpacking {
  readonly bundleSha256: string;
  /** Is made; its parent is there. */
  readonly folder: string;
  /** Where its manifest is kept, so that it is in use as long as the bundle is. */
  readonly manifestPath: string;
  /** A fresh path for a file that is not whole yet, on the same file system. */
  partialPath(): string;
  readonly signal: AbortSignal;
  /** Where in the list to begin: agents of one machine that fetch the same bundle at once begin at different places. */
  readonly startAt: number;
  onProgress(doneBytes: number, totalBytes: number): void;
}

export interface CacheParts {
  readonly objects: ObjectFolder;
  readonly room: CacheRoom;
  readonly source: AssetSource;
}

/** Links and looks at files at a time. */
const linksMax = 32;

/** Rejects with `object-missing`, `object-broken`, `cache-failed`, `cancelled`, or what the store fails with. */
export async function unpackBundle(unpacking: Unpacking, cache: CacheParts): Promise<void> {
  const files = await readManifest(unpacking, cache);
  await makeFolders(unpacking.folder, files);
  const objects = distinctObjects(files);
  const missing = await takePresent(objects, unpacking, cache);
  await fetchMissing(missing, unpacking, cache);
  await linkCopies(files, objects, unpacking);
}

async function readManifest(unpacking: Unpacking, cache: CacheParts): Promise<readonly BundleFile[]> {
  const { bundleSha256, manifestPath, signal } = unpacking;
  const name = "the list of the scene's files";
  try {
    const sizeBytes = await cache.objects.sizeOf(bundleSha256);
    const isThere = sizeBytes !== undefined && (await cache.objects.take(bundleSha256, sizeBytes, manifestPath));
    if (!isThere) {
      const bytes = bounded(cache.source.get(bundleSha256, { signal }), limits.bundleManifestSizeBytesMax);
      await cache.objects.add(bundleSha256, bytes, unpacking.partialPath(), manifestPath);
    }
    return manifestFromBytes(await readFile(manifestPath));
  } catch (thrown) {
    throw fetchFailure(thrown, name);
  }
}

async function makeFolders(root: string, files: readonly BundleFile[]): Promise<void> {
  for (const folder of new Set([root, ...files.map(({ path }) => dirname(join(root, path)))]))
    await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
      throw cacheFailure(thrown, folder.slice(root.length + 1));
    });
}

/** Links what the cache has; returns the rest. */
async function takePresent(
  objects: readonly BundleFile[],
  { folder, signal }: Unpacking,
  cache: CacheParts,
): Promise<BundleFile[]> {
  const missing = new Set<BundleFile>();
  await eachOf(objects, linksMax, async (file) => {
    if (signal.aborted) throw cancelled();
    const isThere = await cache.objects.take(file.sha256, file.sizeBytes, join(folder, file.path)).catch((thrown) => {
      throw cacheFailure(thrown, file.path);
    });
    if (!isThere) missing.add(file);
  });
  return objects.filter((file) => missing.has(file));
}

async function fetchMissing(missing: readonly BundleFile[], unpacking: Unpacking, cache: CacheParts): Promise<void> {
  if (missing.length === 0) return;
  const { folder, signal } = unpacking;
  const totalBytes = bundleSizeBytes(missing);
  const room = await cache.room.promise(totalBytes);
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  let doneBytes = 0;
  const read = (sizeBytes: number) => {
    doneBytes += sizeBytes;
    unpacking.onProgress(doneBytes, totalBytes);
  };
  const startAt = unpacking.startAt % missing.length;
  try {
    await eachOf([...missing.slice(startAt), ...missing.slice(0, startAt)], limits.assetsInFlightMax, async (file) => {
      const target = join(folder, file.path);
      try {
        // Another agent may have brought it meanwhile.
        if (await cache.objects.take(file.sha256, file.sizeBytes, target)) read(file.sizeBytes);
        else {
          const bytes = sized(cache.source.get(file.sha256, { signal: either }), file.sizeBytes, read);
          await cache.objects.add(file.sha256, bytes, unpacking.partialPath(), target);
        }
        room.landed(file.sizeBytes);
      } catch (thrown) {
        failing.abort();
        throw fetchFailure(thrown, file.path);
      }
    });
  } finally {
    room.end();
  }
}

/** Files whose contents another one has. */
async function linkCopies(
  files: readonly BundleFile[],
  objects: readonly BundleFile[],
  { folder }: Unpacking,
): Promise<void> {
  const firsts = new Map(objects.map((file) => [file.sha256, file.path]));
  await eachOf(files, linksMax, async ({ path, sha256 }) => {
    const first = firsts.get(sha256);
    if (first === undefined || first === path) return;
    await linkOrCopy(join(folder, first), join(folder, path)).catch((thrown) => {
      throw cacheFailure(thrown, path);
    });
  });
}

async function eachOf<Item>(items: readonly Item[], countMax: number, action: (item: Item) => Promise<void>) {
  const running = new InFlight(countMax);
  try {
    for (const item of items) await running.start(() => action(item));
  } finally {
    await running.ended();
  }
}

/** What has another size than its manifest says must not fill the disk before that is known. */
async function* sized(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  read: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let readBytes = 0;
  for await (const piece of bounded(source, sizeBytes)) {
    readBytes += piece.byteLength;
    read(piece.byteLength);
    yield piece;
  }
  if (readBytes < sizeBytes) throw broken(`has ${readBytes} bytes, the scene's list says ${sizeBytes}`);
}

async function* bounded(source: AsyncIterable<Uint8Array>, sizeBytesMax: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of source) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > sizeBytesMax) throw broken(`has more than the ${sizeBytesMax} bytes that it may have`);
    yield piece;
  }
}

function broken(what: string): ArrasError {
  return new ArrasError("object-broken", {
    message: `An object of the farm's store ${what}`,
    action: "Submit the render again.",
  });
}

function cancelled(): ArrasError {
  return new ArrasError("cancelled", { message: "Nobody wants the scene any more", action: "Nothing." });
}
