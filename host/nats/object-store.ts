// Large bytes by the SHA-256 of their contents: scene assets, film checkpoints, pictures. Streams only, so that an
// object of any size costs a few chunks of memory.
import { createHash } from "node:crypto";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { isSha256 } from "../../proto/sha256.ts";

export interface TransferOptions {
  /** Bytes that are safely stored (put) or handed out (get) so far; the last call has the whole size. */
  readonly onProgress?: (doneBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface StoredObject {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** `digest` is 64 lower-case hexadecimal digits everywhere. A source may use the memory of its pieces again. */
export interface ObjectStore {
  /**
   * Stores the bytes, all or nothing; what is there already is not read. Rejects with `object-broken` when `source` does
   * not have this digest, `limit-exceeded` beyond `objectSizeBytesMax`, `cancelled`, or with what `source` throws.
   */
  put(digest: string, source: AsyncIterable<Uint8Array>, options?: TransferOptions): Promise<void>;
  /**
   * Stores bytes whose digest nobody knows before they have come, all or nothing. Rejects as `put` does, but for
   * `object-broken`.
   */
  add(source: AsyncIterable<Uint8Array>, options?: TransferOptions): Promise<StoredObject>;
  /**
   * Throws `object-missing` at the first read, and `object-broken` after the last: nothing may be used before the end.
   * Each piece is valid until the next is asked for. Stopping early is fine.
   */
  get(digest: string, options?: TransferOptions): AsyncIterable<Uint8Array>;
  has(digest: string): Promise<boolean>;
  /** Deleting what is not there does nothing. */
  delete(digest: string): Promise<void>;
}

/** Others come from outside, and would become paths and subjects. */
export function checkDigest(digest: string): void {
  if (!isSha256(digest)) {
    throw new ArrasError("message-malformed", {
      message: `"${digest.slice(0, 80)}" is no SHA-256 digest`,
      action: "Give 64 lower-case hexadecimal digits.",
    });
  }
}

/** Hands the bytes on and throws `object-broken` after the last if they are not the digest's. */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  digest: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const measured = new MeasuredSource(source, digest, signal);
  yield* measured.pieces();
  const found = measured.stored().digest;
  if (found !== digest) throw broken(digest, `has the digest ${found}`);
}

/** A source whose size and digest are known when it has been read. */
export class MeasuredSource {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;

  /** `name`: for errors. */
  constructor(source: AsyncIterable<Uint8Array>, name: string, signal?: AbortSignal) {
    this.#source = source;
    this.#name = name;
    this.#signal = signal;
  }

  /** Once. Throws `cancelled` and `limit-exceeded`. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#source) {
      if (this.#signal?.aborted) throw cancelled(this.#name);
      this.#sizeBytes += piece.byteLength;
      if (this.#sizeBytes > limits.objectSizeBytesMax) throw tooLarge(this.#name);
      this.#hash.update(piece);
      yield piece;
    }
  }

  /** Once, after the last piece. */
  stored(): StoredObject {
    return { digest: this.#hash.digest("hex"), sizeBytes: this.#sizeBytes };
  }
}

/** The same bytes in chunks of one size, the last one shorter; copies, so a source may use its memory again. */
export async function* rechunked(source: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(sizeBytes);
  let filledBytes = 0;
  for await (const piece of source) {
    for (let begin = 0; begin < piece.byteLength; ) {
      const part = piece.subarray(begin, begin + sizeBytes - filledBytes);
      chunk.set(part, filledBytes);
      filledBytes += part.byteLength;
      begin += part.byteLength;
      if (filledBytes < sizeBytes) continue;
      yield chunk;
      chunk = new Uint8Array(sizeBytes);
      filledBytes = 0;
    }
  }
  if (filledBytes > 0) yield chunk.subarray(0, filledBytes);
}

export function missing(digest: string): ArrasError {
  return new ArrasError("object-missing", {
    message: `Object ${digest} is not in the store`,
    action: "Submit the render again: it uploads what is missing.",
  });
}

export function broken(digest: string, how: string): ArrasError {
  return new ArrasError("object-broken", {
    message: `Object ${digest} ${how}`,
    action: "Remove it from the store and upload it again; did the file change meanwhile?",
  });
}

function cancelled(digest: string): ArrasError {
  return new ArrasError("cancelled", {
    message: `The transfer of ${digest} was cancelled`,
    action: "Start it again.",
  });
}

function tooLarge(digest: string): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `Object ${digest} passes objectSizeBytesMax (${limits.objectSizeBytesMax})`,
    action: "Split the file.",
  });
}
