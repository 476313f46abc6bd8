// Scenes that a machine has fetched: bundles as folders of files, made of objects that all agents of the machine share,
// fetched by digest, kept within a size. See object-folder.ts for how that is shared, holders.ts for who died.
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Timer } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { BundleMarks } from "./bundle-marks.ts";
import { cacheFailure } from "./cache-error.ts";
import { CacheRoom, defaultSizeBytes } from "./cache-room.ts";
import { Holders } from "./holders.ts";
import { ObjectFolder } from "./object-folder.ts";
import { type AssetSource, unpackBundle } from "./unpack-bundle.ts";

export type BundleState =
  | { readonly t: "fetching"; readonly doneBytes: number; readonly totalBytes: number }
  /** The bundle's files are below this folder, at their paths, until it is released. */
  | { readonly t: "ready"; readonly folder: string }
  | { readonly t: "failed"; readonly error: ArrasError };

/** Somebody's right to a bundle. */
export interface BundleHold {
  /** Once or more often. What nobody holds is not fetched on, and may leave the cache. */
  release(): void;
}

export interface CacheSettings {
  readonly folder: string;
  /** undefined: half of what the disk has for it, at most cacheSizeBytesDefaultMax. */
  readonly sizeBytesMax: number | undefined;
  /** A name that no other agent of this machine has or had. */
  readonly holder: string;
}

export interface CacheSurroundings {
  readonly source: AssetSource;
  readonly clock: Clock;
  readonly log: Log;
}

interface Entry {
  readonly bundleSha256: string;
  readonly folder: string;
  readonly cancelling: AbortController;
  readonly told: Set<(state: BundleState) => void>;
  state: BundleState;
  /** When how far it is is told next. */
  timer: Timer | undefined;
  /** Its fetching has ended, well or not. */
  ended: Promise<void>;
}

/** How far it is is told after so long, and then at twice the time each: who waits for hours is not told hourly news by the second. */
const tellAfterMs = 5_000;

export class BundleCache {
  readonly #world: CacheSurroundings;
  readonly #objects: ObjectFolder;
  readonly #room: CacheRoom;
  readonly #holders: Holders;
  readonly #marks: BundleMarks;
  readonly #startAt: number;
  readonly #entries = new Map<string, Entry>();
  /** Folders on their way out. */
  readonly #removals = new Set<Promise<void>>();
  #held: readonly string[] = [];
  #heldVersion = "";
  #pathCount = 0;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(settings: CacheSettings, sizeBytesMax: number, objects: ObjectFolder, world: CacheSurroundings) {
    this.#world = world;
    this.#objects = objects;
    this.#room = new CacheRoom(objects, sizeBytesMax);
    this.#holders = new Holders(join(settings.folder, "holders"), settings.holder, world.clock);
    this.#marks = new BundleMarks(join(settings.folder, "bundles"));
    this.#startAt = [...settings.holder].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
  }

  /** Rejects with `cache-failed` when the folder cannot be used. */
  static async open(settings: CacheSettings, world: CacheSurroundings): Promise<BundleCache> {
    try {
      // Nobody else's business what is rendered here, unless who made the folder wants it so.
      await mkdir(settings.folder, { recursive: true, mode: 0o700 });
      const objects = new ObjectFolder(join(settings.folder, "objects"));
      const sizeBytesMax = settings.sizeBytesMax ?? (await defaultSizeOf(settings.folder, objects));
      const cache = new BundleCache(settings, sizeBytesMax, objects, world);
      await cache.#holders.open();
      await cache.#room.trim();
      await cache.#lookUpHeld();
      cache.#lookAroundLater();
      return cache;
    } catch (thrown) {
      throw cacheFailure(thrown, settings.folder);
    }
  }

  get sizeBytesMax(): number {
    return this.#room.sizeBytesMax;
  }

  /** Bundles that are whole in the cache, the last used first, as far as is known. */
  get held(): readonly string[] {
    return this.#held;
  }

  /** Fetches what is missing of it, once however many hold it. Ready or failed is told last, and never within this call. */
  hold(bundleSha256: string, told: (state: BundleState) => void): BundleHold {
    const entry = this.#entries.get(bundleSha256) ?? this.#begin(bundleSha256);
    entry.told.add(told);
    const { state } = entry;
    if (state.t === "ready") void Promise.resolve().then(() => entry.told.has(told) && told(state));
    return {
      release: () => {
        if (entry.told.delete(told) && entry.told.size === 0) this.#letGo(entry);
      },
    };
  }

  /** Ends what is fetched and lets go all. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const entry of this.#entries.values()) this.#letGo(entry);
    await Promise.all(this.#removals);
    await this.#looking;
    await this.#holders.close();
  }

  #begin(bundleSha256: string): Entry {
    const folder = join(this.#holders.ownFolder, `${bundleSha256.slice(0, 12)}-${this.#pathCount++}`);
    const entry: Entry = {
      bundleSha256,
      folder,
      cancelling: new AbortController(),
      told: new Set(),
      state: { t: "fetching", doneBytes: 0, totalBytes: 0 },
      timer: undefined,
      ended: Promise.resolve(),
    };
    this.#entries.set(bundleSha256, entry);
    // Not before whoever holds it listens.
    entry.ended = Promise.resolve().then(() => this.#fetch(entry));
    this.#tellLater(entry, tellAfterMs);
    return entry;
  }

  async #fetch(entry: Entry): Promise<void> {
    const { bundleSha256, folder, cancelling } = entry;
    try {
      if (this.#isClosed) throw closed();
      // What was let go a moment ago makes room.
      await Promise.all(this.#removals);
      await unpackBundle(
        {
          bundleSha256,
          folder,
          manifestPath: `${folder}.manifest`,
          partialPath: () => join(this.#holders.ownFolder, `part-${this.#pathCount++}`),
          signal: cancelling.signal,
          startAt: this.#startAt,
          onProgress: (doneBytes, totalBytes) => {
            entry.state = { t: "fetching", doneBytes, totalBytes };
          },
        },
        { objects: this.#objects, room: this.#room, source: this.#world.source },
      );
      await this.#marks.set(bundleSha256);
      await this.#inTurn(() => this.#lookUpHeld());
      this.#settle(entry, { t: "ready", folder });
    } catch (thrown) {
      // The next to hold it tries again; what came so far is in the cache.
      if (this.#entries.get(bundleSha256) === entry) this.#entries.delete(bundleSha256);
      this.#settle(entry, { t: "failed", error: cacheFailure(thrown, bundleSha256) });
      this.#remove(entry);
    }
  }

  #settle(entry: Entry, state: BundleState): void {
    entry.timer?.cancel();
    entry.state = state;
    for (const told of entry.told) told(state);
  }

  #tellLater(entry: Entry, afterMs: number): void {
    entry.timer = this.#world.clock.after(afterMs, () => {
      if (entry.state.t !== "fetching") return;
      for (const told of entry.told) told(entry.state);
      this.#tellLater(entry, 2 * afterMs);
    });
  }

  #letGo(entry: Entry): void {
    if (this.#entries.get(entry.bundleSha256) === entry) this.#entries.delete(entry.bundleSha256);
    entry.timer?.cancel();
    entry.cancelling.abort();
    this.#remove(entry);
  }

  #remove({ folder, ended }: Entry): void {
    const removal = ended
      .then(async () => {
        await rm(folder, { recursive: true, force: true });
        await rm(`${folder}.manifest`, { force: true });
        await this.#room.trim();
      })
      .catch((error: unknown) => this.#world.log.warn({ err: error, folder }, "a scene's folder could not be removed"))
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  #lookAroundLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#world.clock.after(limits.cacheHolderTouchMs, () => {
      this.#lookAroundLater();
      void this.#inTurn(() => this.#lookAround());
    });
  }

  /** Says that this agent is alive, lets go what dead ones held, and learns which bundles are there. */
  async #lookAround(): Promise<void> {
    if (this.#isClosed) return;
    if (!(await this.#holders.sign())) {
      this.#world.log.warn("this agent stood still for so long that others let go what it held of their common cache");
      this.#entries.clear();
      await this.#holders.open();
    }
    if (await this.#holders.releaseDead()) await this.#room.trim();
    await this.#lookUpHeld();
  }

  /** Only where something came or went. */
  async #lookUpHeld(): Promise<void> {
    const version = `${await this.#marks.version()} ${this.#room.evictedCount}`;
    if (version === this.#heldVersion) return;
    const present = new Set((await this.#objects.list()).map(({ digest }) => digest));
    this.#held = await this.#marks.whole(present, (digest) => this.#objects.pathOf(digest));
    this.#heldVersion = version;
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#looking = this.#looking
      .then(action)
      .catch((error: unknown) => this.#world.log.warn({ err: error }, "the cache could not be looked through"));
    return this.#looking;
  }
}

async function defaultSizeOf(folder: string, objects: ObjectFolder): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return defaultSizeBytes(bavail * bsize, await objects.list(), limits.cacheSizeBytesDefaultMax);
}

function closed(): ArrasError {
  return new ArrasError("cancelled", { message: "The node agent is closing", action: "Nothing." });
}
