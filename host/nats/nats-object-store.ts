// The object store in a JetStream stream: a description of each object, and its chunks, each under a subject of its own.
//
// Not @nats-io/obj 3.4: its get hands out chunks as fast as they come, whatever the reader does, its put waits for each
// chunk's acknowledgement and fails as a whole when the server restarts, and both hash in JavaScript. With a subject for
// each chunk every step can be repeated alone, in any order, and asked ahead. Measured, 256 MiB there and back, slow
// reader, nats-server 2.9.10, 2 cores: 38 s and 380 MiB of memory with it, 6 s and 56 MiB with this.
import { randomUUID } from "node:crypto";
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StoredMsg,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import { InFlight, inOrder } from "./in-flight.ts";
import { isWrongRevision, natsError } from "./nats-error.ts";
import type { NatsLink } from "./nats-link.ts";
import {
  broken,
  checkDigest,
  MeasuredSource,
  missing,
  type ObjectStore,
  rechunked,
  type StoredObject,
  type TransferOptions,
  verified,
} from "./object-store.ts";
import { ensureStream } from "./stream.ts";
import { TransferWindow } from "./transfer-window.ts";
import { whileAway } from "./while-away.ts";
import { whileConnected } from "./while-connected.ts";

export interface NatsObjectStoreOptions {
  /** One of storeNames (proto/subjects.ts). */
  readonly name: string;
  /** Only for a store that is not there yet. */
  readonly replicas?: number;
  /** Then a put is refused. Only for a store that is not there yet; none: as much as the server gives. */
  readonly sizeBytesMax?: number;
  /** Where the server cannot promise `sizeBytesMax`, it is halved, but not below this; absent: it is not halved. */
  readonly sizeBytesMin?: number;
  /** What is older goes by itself. Only for a store that is not there yet; none: nothing does. */
  readonly keptMs?: number;
  /** What was put longer ago is not there for `has` and `put`, so that what is used is put again before it goes. */
  readonly renewAfterMs?: number;
}

/** The description, as JSON. */
interface Stored {
  readonly upload: string;
  readonly sizeBytes: number;
  readonly chunkSizeBytes: number;
  /** What chunks' subjects have in the digest's place; absent: the digest. It was not known when they were sent. */
  readonly chunksUnder?: string;
}

/** What is there under a digest. */
interface Described {
  readonly stored: Stored;
  readonly revision: number;
  readonly isOld: boolean;
}

/** Where the chunks of one upload are. */
interface ChunkPlace {
  readonly under: string;
  readonly upload: string;
}

export class NatsObjectStore implements ObjectStore {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  /** For answers that take longer to arrive. */
  readonly #chunkManager: JetStreamManager;
  readonly #stream: JetStreamClient;
  /** Of all transfers together: they share a connection, and its two directions. */
  readonly #sending = new TransferWindow(limits.objectChunksInFlightMax);
  readonly #receiving = new TransferWindow(limits.objectChunksInFlightMax);
  readonly #name: string;
  readonly #renewAfterMs: number;

  private constructor(
    link: NatsLink,
    managers: { readonly manager: JetStreamManager; readonly chunkManager: JetStreamManager },
    { name, renewAfterMs }: NatsObjectStoreOptions,
  ) {
    this.#link = link;
    this.#manager = managers.manager;
    this.#chunkManager = managers.chunkManager;
    this.#stream = jetstream(link.connection, { timeout: limits.natsRequestTimeoutMs });
    this.#name = name;
    this.#renewAfterMs = renewAfterMs ?? Number.POSITIVE_INFINITY;
  }

  static async open(link: NatsLink, options: NatsObjectStoreOptions): Promise<NatsObjectStore> {
    try {
      const manager = await jetstreamManager(link.connection, { timeout: limits.natsRequestTimeoutMs });
      await ensureObjects(manager, options);
      const timeout = limits.objectChunkTimeoutMs;
      const chunkManager = await jetstreamManager(link.connection, { timeout, checkAPI: false });
      return new NatsObjectStore(link, { manager, chunkManager }, options);
    } catch (thrown) {
      throw natsError(thrown, `Opening object store ${options.name}`);
    }
  }

  async put(digest: string, source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<void> {
    if ((await this.#described(digest, options.signal))?.isOld === false) return;
    // Its own subjects for each upload: what another one of the same digest sends, right or wrong, cannot get into it.
    const chunks = { under: digest, upload: randomUUID() };
    await this.#upload(chunks, verified(source, digest, options.signal), options, (sizeBytes) => ({
      digest,
      stored: { upload: chunks.upload, sizeBytes, chunkSizeBytes: limits.objectChunkSizeBytes },
    }));
  }

  async add(source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<StoredObject> {
    const upload = randomUUID();
    const chunks = { under: upload, upload };
    const measured = new MeasuredSource(source, "an object", options.signal);
    return this.#upload(chunks, measured.pieces(), options, (sizeBytes) => ({
      digest: measured.stored().digest,
      stored: { upload, sizeBytes, chunkSizeBytes: limits.objectChunkSizeBytes, chunksUnder: upload },
    }));
  }

  /** `describe` is asked when all chunks are stored. */
  async #upload(
    chunks: ChunkPlace,
    pieces: AsyncIterable<Uint8Array>,
    options: TransferOptions,
    describe: (sizeBytes: number) => { readonly digest: string; readonly stored: Stored },
  ): Promise<StoredObject> {
    try {
      const sizeBytes = await this.#sendChunks(chunks, pieces, options);
      const { digest, stored } = describe(sizeBytes);
      if (!(await this.#describe(digest, stored, options.signal))) await this.#purge(chunks);
      return { digest, sizeBytes };
    } catch (thrown) {
      await this.#purge(chunks);
      throw thrown;
    }
  }

  async *get(digest: string, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    const stored = await this.#stored(digest, options.signal);
    if (stored === undefined) throw missing(digest);
    const chunkCount = Math.ceil(stored.sizeBytes / stored.chunkSizeBytes);
    const chunks = inOrder(chunkCount, limits.objectChunksInFlightMax, (index) =>
      this.#chunk(digest, stored, index, options.signal),
    );
    let doneBytes = 0;
    for await (const chunk of verified(chunks, digest, options.signal)) {
      yield chunk;
      doneBytes += chunk.byteLength;
      options.onProgress?.(doneBytes);
    }
  }

  async has(digest: string): Promise<boolean> {
    return (await this.#described(digest))?.isOld === false;
  }

  async delete(digest: string): Promise<void> {
    checkDigest(digest);
    const subject = subjects.object(this.#name, digest);
    const under = await this.#chunksUnder(digest);
    await whileAway(this.#link, `Deleting object ${digest}`, async () => {
      // The description first: without it, chunks are nothing.
      await this.#manager.streams.purge(this.#name, { filter: subject });
      await this.#manager.streams.purge(this.#name, { filter: `${subjects.object(this.#name, under)}.>` });
    });
  }

  async #chunksUnder(digest: string): Promise<string> {
    try {
      return (await this.#stored(digest))?.chunksUnder ?? digest;
    } catch (thrown) {
      // A description that cannot be read is deleted like any other.
      if (thrown instanceof ArrasError && thrown.code === "object-broken") return digest;
      throw thrown;
    }
  }

  /** What the server lets it take, all objects together. Rejects with `unavailable` or `timed-out`. */
  async capacityBytes(): Promise<number> {
    const ask = () => this.#manager.streams.info(this.#name);
    const { config } = await whileAway(this.#link, `Looking at object store ${this.#name}`, ask);
    return config.max_bytes < 0 ? Number.POSITIVE_INFINITY : config.max_bytes;
  }

  /** Resolves with the size when all is stored. */
  async #sendChunks(
    { under, upload }: ChunkPlace,
    pieces: AsyncIterable<Uint8Array>,
    { onProgress, signal }: TransferOptions,
  ): Promise<number> {
    const sending = new InFlight(limits.objectChunksInFlightMax);
    let chunkCount = 0;
    let sizeBytes = 0;
    let doneBytes = 0;
    try {
      for await (const chunk of rechunked(pieces, limits.objectChunkSizeBytes)) {
        const subject = subjects.objectChunk(this.#name, under, upload, chunkCount++);
        sizeBytes += chunk.byteLength;
        await sending.start(async () => {
          await whileAway(this.#link, `Writing object ${under}`, () => this.#sendChunk(subject, chunk), signal);
          doneBytes += chunk.byteLength;
          onProgress?.(doneBytes);
        });
      }
    } finally {
      // Also after a failure: what is under way would come after the purge.
      await sending.ended();
    }
    return sizeBytes;
  }

  #sendChunk(subject: string, chunk: Uint8Array): Promise<unknown> {
    const timeout = limits.objectChunkTimeoutMs;
    return this.#sending.run(() => whileConnected(this.#link, () => this.#stream.publish(subject, chunk, { timeout })));
  }

  /** False when another upload was described first. */
  async #describe(digest: string, stored: Stored, signal: AbortSignal | undefined): Promise<boolean> {
    const subject = subjects.object(this.#name, digest);
    const present = await this.#described(digest, signal);
    // Whoever reads an old one by its old description reads on: its chunks go by their age.
    const lastSubjectSequence = present?.isOld === true ? present.revision : 0;
    try {
      await whileAway(
        this.#link,
        `Writing object ${digest}`,
        () => this.#stream.publish(subject, JSON.stringify(stored), { expect: { lastSubjectSequence } }),
        signal,
      );
      return true;
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown.cause : undefined;
      if (!isWrongRevision(thrown) && !isWrongRevision(cause)) throw thrown;
      // Ours, if only the answer was lost.
      return (await this.#stored(digest, signal))?.upload === stored.upload;
    }
  }

  /** As far as it goes: chunks without a description take room and do no harm. */
  async #purge({ under, upload }: ChunkPlace): Promise<void> {
    if (!this.#link.isConnected) return;
    const filter = `${subjects.objectChunks(this.#name, under, upload)}.>`;
    await this.#manager.streams.purge(this.#name, { filter }).catch(() => undefined);
  }

  async #stored(digest: string, signal?: AbortSignal): Promise<Stored | undefined> {
    return (await this.#described(digest, signal))?.stored;
  }

  async #described(digest: string, signal?: AbortSignal): Promise<Described | undefined> {
    checkDigest(digest);
    const ask = () => this.#ask(this.#manager, subjects.object(this.#name, digest));
    const message = await whileAway(this.#link, `Looking for object ${digest}`, ask, signal);
    if (message === null) return undefined;
    const isOld = Date.now() - message.time.getTime() > this.#renewAfterMs;
    return { stored: parseStored(message, digest), revision: message.seq, isOld };
  }

  async #chunk(
    digest: string,
    { upload, chunksUnder = digest }: Stored,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const subject = subjects.objectChunk(this.#name, chunksUnder, upload, index);
    const read = () =>
      this.#receiving.run(() => whileConnected(this.#link, () => this.#ask(this.#chunkManager, subject)));
    const message = await whileAway(this.#link, `Reading object ${digest}`, read, signal);
    if (message === null) throw broken(digest, `lacks its chunk ${index}`);
    return message.data;
  }

  /** Any replica may answer; one that lags says nothing is there, so the leader is asked then. */
  async #ask(manager: JetStreamManager, subject: string): Promise<StoredMsg | null> {
    return (
      (await manager.direct.getMessage(this.#name, { last_by_subj: subject })) ??
      (await manager.streams.getMessage(this.#name, { last_by_subj: subject }))
    );
  }
}

/** A server promises a stream's whole size when it is made, and refuses what it cannot promise. */
async function ensureObjects(
  manager: JetStreamManager,
  { name, replicas = 1, sizeBytesMax = -1, sizeBytesMin = sizeBytesMax, keptMs = 0 }: NatsObjectStoreOptions,
): Promise<void> {
  for (let sizeBytes = sizeBytesMax; ; sizeBytes = Math.floor(sizeBytes / 2)) {
    try {
      return await ensureStream(manager, {
        name,
        subjects: [subjects.allObjects(name)],
        max_msgs_per_subject: 1,
        max_bytes: sizeBytes,
        max_age: nanos(keptMs),
        num_replicas: replicas,
        discard: DiscardPolicy.New,
        allow_direct: true,
      });
    } catch (thrown) {
      if (ArrasError.from(thrown).code !== "resources-insufficient" || sizeBytes / 2 < sizeBytesMin) throw thrown;
    }
  }
}

function parseStored(message: StoredMsg, digest: string): Stored {
  const chunkSizeBytesMax = limits.busMessageSizeBytesMax;
  try {
    const { upload, sizeBytes, chunkSizeBytes, chunksUnder } = JSON.parse(message.string()) as Partial<Stored>;
    const sound =
      typeof upload === "string" &&
      (chunksUnder === undefined || typeof chunksUnder === "string") &&
      Number.isSafeInteger(sizeBytes) &&
      Number.isSafeInteger(chunkSizeBytes) &&
      sizeBytes! >= 0 &&
      sizeBytes! <= limits.objectSizeBytesMax &&
      chunkSizeBytes! > 0 &&
      chunkSizeBytes! <= chunkSizeBytesMax;
    if (sound) {
      const under = chunksUnder === undefined ? {} : { chunksUnder };
      return { upload: upload!, sizeBytes: sizeBytes!, chunkSizeBytes: chunkSizeBytes!, ...under };
    }
  } catch {
    // Falls through: said below.
  }
  throw broken(digest, "has a description that cannot be read");
}
