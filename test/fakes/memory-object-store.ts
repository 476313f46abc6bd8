// An object store in memory, which a test can look into and break.
import {
  checkDigest,
  MeasuredSource,
  missing,
  type ObjectStore,
  type StoredObject,
  type TransferOptions,
  verified,
} from "../../host/nats/object-store.ts";

export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  /** How often each was read, from its beginning. */
  readonly gets: string[] = [];
  readonly #pieceBytes: number;
  /** Called before each piece is handed out. */
  beforePiece: (digest: string, offsetBytes: number) => Promise<void> | void = () => {};

  constructor(pieceBytes = 262_144) {
    this.#pieceBytes = pieceBytes;
  }

  async put(digest: string, source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<void> {
    if (await this.has(digest)) return;
    this.objects.set(digest, await collected(verified(source, digest, options.signal), options));
  }

  async add(source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<StoredObject> {
    const measured = new MeasuredSource(source, "an object", options.signal);
    const bytes = await collected(measured.pieces(), options);
    const stored = measured.stored();
    this.objects.set(stored.digest, bytes);
    return stored;
  }

  async *get(digest: string, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    checkDigest(digest);
    this.gets.push(digest);
    const bytes = this.objects.get(digest);
    if (bytes === undefined) throw missing(digest);
    let doneBytes = 0;
    for await (const piece of verified(this.#pieces(digest, bytes), digest, options.signal)) {
      yield piece;
      doneBytes += piece.byteLength;
      options.onProgress?.(doneBytes);
    }
  }

  async has(digest: string): Promise<boolean> {
    checkDigest(digest);
    return this.objects.has(digest);
  }

  async delete(digest: string): Promise<void> {
    this.objects.delete(digest);
  }

  async *#pieces(digest: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let begin = 0; begin < bytes.byteLength; begin += this.#pieceBytes) {
      await this.beforePiece(digest, begin);
      yield bytes.subarray(begin, begin + this.#pieceBytes);
    }
  }
}

async function collected(source: AsyncIterable<Uint8Array>, { onProgress }: TransferOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let doneBytes = 0;
  for await (const piece of source) {
    pieces.push(piece.slice());
    doneBytes += piece.byteLength;
    onProgress?.(doneBytes);
  }
  return Buffer.concat(pieces);
}
