// Which finished images there are, in key-value, by session.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { isSha256 } from "../../proto/sha256.ts";
import { isSessionId } from "../checkpoints/resume-archive.ts";
import { entriesUnder } from "../records/entries-under.ts";

export const keptImagesFormat = 1;

const prefix = "session";
/** Somebody else can write the same session only in the moment in which it changes its owner, or is removed. */
const attemptsMax = 5;

/** Every method rejects with what its store says. */
export class ImageArchive {
  readonly #store: KeyValue;
  readonly #clock: Clock;

  constructor(store: KeyValue, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** In the place of what is there under its session. */
  async put(images: KeptImages): Promise<void> {
    const key = keyOf(images.sessionId);
    const value = toBinary(KeptImagesSchema, images);
    await this.#repeat(key, (revision) =>
      revision === undefined ? this.#store.create(key, value) : this.#store.update(key, value, revision),
    );
  }

  async get(sessionId: string): Promise<KeptImages | undefined> {
    if (!isSessionId(sessionId)) return undefined;
    const entry = await this.#store.get(keyOf(sessionId));
    return entry === undefined ? undefined : keptImagesFromBytes(entry.value);
  }

  /** Removing what is not there does nothing. */
  async remove(sessionId: string): Promise<void> {
    const key = keyOf(sessionId);
    await this.#repeat(key, async (revision) =>
      revision === undefined ? { t: "written" } : this.#store.delete(key, revision),
    );
  }

  /** In no order. What cannot be read is left out. */
  async list(): Promise<KeptImages[]> {
    const entries = await entriesUnder(this.#store, prefix, this.#clock);
    return entries.map(({ value }) => keptImagesFromBytes(value)).filter((images) => images !== undefined);
  }

  /** Until nobody else has written between reading and writing. */
  async #repeat(
    key: string,
    write: (revision: number | undefined) => Promise<{ readonly t: "written" | "conflict" }>,
  ): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const written = await write((await this.#store.get(key))?.revision);
      if (written.t === "written") return;
    }
    throw new ArrasError("unavailable", {
      message: `What is kept of ${key} is written by somebody else all the time`,
      action: "Do two coordinators think that they own the session? Report it.",
    });
  }
}

/** undefined: of another version, or nobody's. */
export function keptImagesFromBytes(bytes: Uint8Array): KeptImages | undefined {
  try {
    const images = fromBinary(KeptImagesSchema, bytes);
    const isSound =
      images.format === keptImagesFormat &&
      isSessionId(images.sessionId) &&
      images.images.length > 0 &&
      images.images.every(({ name, digest }) => /^[a-z]+\.[a-z]+$/.test(name) && isSha256(digest));
    return isSound ? images : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(sessionId: string): string {
  return `${prefix}.${sessionId}`;
}
