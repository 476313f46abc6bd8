// Finished images of sessions that have ended, and what says whose they are: kept together, within bounds.
import type { Log } from "../../host/log.ts";
import type { ImageObjects } from "../../host/nats/image-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { KeptImage, KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import type { ImageArchive } from "./image-archive.ts";
import { type ImageBounds, imagesToRemove, isExpired, newestFirst } from "./image-bounds.ts";

export interface ImageShelfOptions {
  readonly archive: Pick<ImageArchive, "put" | "get" | "remove" | "list">;
  readonly objects: ImageObjects;
  readonly bounds: Omit<ImageBounds, "capacityBytes">;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
}

export class ImageShelf {
  readonly #options: ImageShelfOptions;

  constructor(options: ImageShelfOptions) {
    this.#options = options;
  }

  /** What is there of its session goes. Older ones make room. Rejects as the archive does. */
  async keep(images: KeptImages): Promise<void> {
    const { archive } = this.#options;
    const former = await archive.get(images.sessionId);
    await archive.put(images);
    const present = new Set(images.images.map(({ digest }) => digest));
    await this.#deleteObjects((former?.images ?? []).filter(({ digest }) => !present.has(digest)));
    await this.#makeRoom().catch((thrown: unknown) => this.#failed(thrown, "old images could not be removed"));
  }

  /** undefined: there are none, or they are too old. Rejects as the archive does. */
  async find(sessionId: string): Promise<KeptImages | undefined> {
    const images = await this.#options.archive.get(sessionId);
    return images === undefined || this.#isExpired(images) ? undefined : images;
  }

  /** The newest first. Rejects as the archive does. */
  async list(): Promise<KeptImages[]> {
    return newestFirst(await this.#options.archive.list()).filter((images) => !this.#isExpired(images));
  }

  /** Throws as ObjectStore.get: only one that ends has been the whole file. */
  read({ digest }: KeptImage, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#options.objects.get(digest, { signal });
  }

  #isExpired(images: KeptImages): boolean {
    return isExpired(images, this.#options.bounds.keptMs, this.#options.wallClockMs());
  }

  async #makeRoom(): Promise<void> {
    const { archive, objects, bounds, wallClockMs, log } = this.#options;
    const capacityBytes = await objects.capacityBytes();
    for (const old of imagesToRemove(await archive.list(), { ...bounds, capacityBytes }, wallClockMs())) {
      log.info({ session: old.sessionId }, "the finished images of an old session make room");
      await archive.remove(old.sessionId);
      await this.#deleteObjects(old.images);
    }
  }

  /** One that stays goes when it is old. */
  async #deleteObjects(images: readonly KeptImage[]): Promise<void> {
    for (const { digest } of images) {
      await this.#options.objects
        .delete(digest)
        .catch((thrown: unknown) => this.#failed(thrown, "an old image could not be removed"));
    }
  }

  #failed(thrown: unknown, what: string): void {
    const { code, message } = ArrasError.from(thrown);
    this.#options.log.warn({ code }, `${what}: ${message}`);
  }
}
