// The object store in a folder of this machine: a file for each digest, written beside and renamed when it is whole.
import { randomUUID } from "node:crypto";
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import {
  checkDigest,
  MeasuredSource,
  missing,
  type ObjectStore,
  type StoredObject,
  type TransferOptions,
  verified,
} from "./object-store.ts";

export class FileObjectStore implements ObjectStore {
  readonly #folder: string;

  /** Made when it is needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(digest: string, source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<void> {
    if (await this.has(digest)) return;
    const path = this.#path(digest);
    await this.#write(dirname(path), verified(source, digest, options.signal), options, () => path);
  }

  async add(source: AsyncIterable<Uint8Array>, options: TransferOptions = {}): Promise<StoredObject> {
    const measured = new MeasuredSource(source, "an object", options.signal);
    let stored: StoredObject | undefined;
    await this.#write(this.#folder, measured.pieces(), options, () => {
      stored = measured.stored();
      return this.#path(stored.digest);
    });
    return stored!;
  }

  /** Beside, in `folder`; `pathOf` is asked when all has been written. */
  async #write(
    folder: string,
    pieces: AsyncIterable<Uint8Array>,
    { onProgress }: TransferOptions,
    pathOf: () => string,
  ): Promise<void> {
    const partial = join(folder, `${randomUUID()}.part`);
    await mkdir(folder, { recursive: true }).catch(failed(folder));
    try {
      const file = await open(partial, "wx").catch(failed(partial));
      try {
        let doneBytes = 0;
        for await (const piece of pieces) {
          await file.writeFile(piece).catch(failed(partial));
          doneBytes += piece.byteLength;
          onProgress?.(doneBytes);
        }
        // The name must not survive a power cut without the contents.
        await file.sync().catch(failed(partial));
      } finally {
        await file.close();
      }
      const path = pathOf();
      await mkdir(dirname(path), { recursive: true }).catch(failed(path));
      await rename(partial, path).catch(failed(path));
    } finally {
      await rm(partial, { force: true });
    }
  }

  async *get(digest: string, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    const file = await open(this.#path(digest), "r").catch((thrown: NodeJS.ErrnoException) => {
      throw thrown.code === "ENOENT" ? missing(digest) : thrown;
    });
    try {
      let doneBytes = 0;
      for await (const piece of verified(piecesOf(file), digest, options.signal)) {
        yield piece;
        doneBytes += piece.byteLength;
        options.onProgress?.(doneBytes);
      }
    } finally {
      await file.close();
    }
  }

  async has(digest: string): Promise<boolean> {
    const path = this.#path(digest);
    return access(path).then(
      () => true,
      () => false,
    );
  }

  async delete(digest: string): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  /** Removes objects that are not `needed`, and halves of objects, if they are older than `untilMs` (since 1970). */
  async sweep(needed: ReadonlySet<string>, untilMs: number): Promise<void> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const isOurs = /^[0-9a-f]{64}$/.test(entry.name) || entry.name.endsWith(".part");
      if (!entry.isFile() || !isOurs || needed.has(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      if ((await stat(path)).mtimeMs < untilMs) await rm(path, { force: true });
    }
  }

  /** Two digits of folder: a folder of a million files is slow on many file systems. */
  #path(digest: string): string {
    checkDigest(digest);
    return join(this.#folder, digest.slice(0, 2), digest);
  }
}

/** While one piece is used, the next is read. Two pieces of memory for all: fresh ones cost more than reading them. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const memory = [0, 1].map(() => new Uint8Array(limits.objectChunkSizeBytes));
  const read = (turn: number) => {
    const reading = file.read(memory[turn % 2]!, 0, limits.objectChunkSizeBytes, null);
    // Nobody may be there to hear a failure when the reader stops early.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = read(0);
  for (let turn = 1; ; turn++) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) return;
    reading = read(turn);
    yield buffer.subarray(0, bytesRead);
  }
}

function failed(path: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArrasError("output-failed", {
      message: `Cannot store an object: ${reason}`,
      action: "Make room, or let this user write there.",
      place: { path },
      cause,
    });
  };
}
