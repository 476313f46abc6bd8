// An object store that is opened when it is first needed: a process that needs none does not depend on one being there.
// What failed to open is opened again with the next call.
import type { ObjectStore, StoredObject, TransferOptions } from "./object-store.ts";

export class DeferredObjectStore<Store extends ObjectStore = ObjectStore> implements ObjectStore {
  readonly #open: () => Promise<Store>;
  #opened: Promise<Store> | undefined;

  constructor(open: () => Promise<Store>) {
    this.#open = open;
  }

  async put(digest: string, source: AsyncIterable<Uint8Array>, options?: TransferOptions): Promise<void> {
    await (await this.opened()).put(digest, source, options);
  }

  async add(source: AsyncIterable<Uint8Array>, options?: TransferOptions): Promise<StoredObject> {
    return (await this.opened()).add(source, options);
  }

  async *get(digest: string, options?: TransferOptions): AsyncGenerator<Uint8Array> {
    yield* (await this.opened()).get(digest, options);
  }

  async has(digest: string): Promise<boolean> {
    return (await this.opened()).has(digest);
  }

  async delete(digest: string): Promise<void> {
    await (await this.opened()).delete(digest);
  }

  /** The store itself, for what else it can do. */
  opened(): Promise<Store> {
    const opened = this.#opened ?? this.#open();
    this.#opened = opened;
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = undefined;
    });
    return opened;
  }
}
