// Room in a cache: what is to come is promised its place before it comes, and what was not used for longest goes.

import { noRoom } from "./cache-error.ts";
import { evictionFor, sizeOf } from "./eviction.ts";
import type { ObjectFolder } from "./object-folder.ts";

/** A place for what is being fetched. */
export interface RoomPromise {
  /** So many of its bytes are among the objects now. */
  landed(sizeBytes: number): void;
  end(): void;
}

export class CacheRoom {
  readonly sizeBytesMax: number;
  /** Objects that were taken out so far. */
  evictedCount = 0;
  readonly #objects: ObjectFolder;
  #promisedBytes = 0;
  /** One after the other: two that look at once would promise the same room twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(objects: ObjectFolder, sizeBytesMax: number) {
    this.#objects = objects;
    this.sizeBytesMax = sizeBytesMax;
  }

  /** Rejects with `cache-failed` where there is none, and takes nothing out then. */
  promise(neededBytes: number): Promise<RoomPromise> {
    return this.#inTurn(async () => {
      await this.#evict(neededBytes);
      this.#promisedBytes += neededBytes;
      let leftBytes = neededBytes;
      const landed = (sizeBytes: number) => {
        const takenBytes = Math.min(leftBytes, sizeBytes);
        leftBytes -= takenBytes;
        this.#promisedBytes -= takenBytes;
      };
      return { landed, end: () => landed(leftBytes) };
    });
  }

  /** After something was let go, or came in unasked: what is too much goes, as far as it is not in use. */
  trim(): Promise<void> {
    return this.#inTurn(() => this.#evict(0).catch(() => {}));
  }

  async #evict(neededBytes: number): Promise<void> {
    const objects = await this.#objects.list();
    const wantedBytes = this.#promisedBytes + neededBytes;
    const eviction = evictionFor(objects, this.sizeBytesMax, wantedBytes);
    if (eviction.t === "full") throw noRoom(neededBytes, this.sizeBytesMax, eviction.inUseBytes + this.#promisedBytes);
    this.evictedCount += eviction.evicted.length;
    await this.#objects.remove(eviction.evicted.map(({ digest }) => digest));
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** A cache's size where none is given. Pure. */
export function defaultSizeBytes(
  freeBytes: number,
  objects: Parameters<typeof sizeOf>[0],
  sizeBytesMax: number,
): number {
  // What it holds already counts as free, or it would shrink with each start.
  return Math.min(sizeBytesMax, Math.floor((freeBytes + sizeOf(objects)) / 2));
}
