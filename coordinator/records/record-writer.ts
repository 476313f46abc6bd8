// Keeps the store's record of one session up to date, for its owner: one write at a time, the newest state each time,
// on condition that nobody else has written. Who has written meanwhile owns the session.
import type { Clock, Timer } from "../../host/clock.ts";
import type { Entry, KeyValue, Written } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import { encodeRecord, type KeptRecord, recordKey } from "./session-record.ts";

export interface RecordWriterOptions {
  readonly store: KeyValue;
  readonly sessionId: string;
  /** Of the record that the next write replaces. */
  readonly revision: number;
  readonly clock: Clock;
  /** What is to be written now. */
  present(): SessionRecord;
  written(kept: KeptRecord): void;
  /** Somebody else has written or removed it: this process must not go on. Told once. */
  conflicted(): void;
  /** The present state is larger than the store takes: the former one stays, from which a takeover goes on as well. */
  tooLarge(error: ArrasError): void;
}

const tryAgainAfterMs = 200;

export class RecordWriter {
  readonly #options: RecordWriterOptions;
  #revision: number;
  /** Grows with each wish; a write fulfils all that were there when it began. */
  #wishCount = 0;
  #writtenCount = 0;
  readonly #waiting = new Map<(isSaved: boolean) => void, number>();
  #isWriting = false;
  #isClosed = false;
  #pause: { readonly timer: Timer; readonly end: () => void } | undefined;

  constructor(options: RecordWriterOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  /** Of what it has written last. */
  get revision(): number {
    return this.#revision;
  }

  /** Resolves with true when the store has the present state or a newer one, with false when it is not ours any more. */
  save(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    this.#wishCount += 1;
    const wish = this.#wishCount;
    return new Promise((resolve) => {
      this.#waiting.set(resolve, wish);
      void this.#run();
    });
  }

  /** For what has ended: removes the record if nobody else has written it. Rejects as KeyValue does. */
  async remove(): Promise<void> {
    this.close();
    await this.#options.store.delete(recordKey(this.#options.sessionId), this.#revision);
  }

  close(): void {
    this.#isClosed = true;
    this.#pause?.end();
    for (const resolve of this.#waiting.keys()) resolve(false);
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (!this.#isClosed && this.#writtenCount < this.#wishCount) await this.#write();
    this.#isWriting = false;
  }

  async #write(): Promise<void> {
    const { store, sessionId } = this.#options;
    const wish = this.#wishCount;
    const record = this.#options.present();
    const value = encodeRecord(record);
    let result: Written | undefined;
    try {
      result = await store.update(recordKey(sessionId), value, this.#revision);
    } catch (thrown) {
      if (thrown instanceof ArrasError && thrown.code === "limit-exceeded") {
        this.#options.tooLarge(thrown);
        return this.#fulfil(wish);
      }
      // Written or not: reading tells.
      result = await this.#outcomeOf(value);
    }
    if (this.#isClosed) return;
    if (result?.t === "conflict") return this.#conflict();
    if (result === undefined) return this.#wait();
    this.#revision = result.revision;
    this.#options.written({ record, revision: result.revision });
    this.#fulfil(wish);
  }

  #fulfil(wish: number): void {
    this.#writtenCount = wish;
    for (const [resolve, wanted] of [...this.#waiting]) {
      if (wanted > wish) continue;
      this.#waiting.delete(resolve);
      resolve(true);
    }
  }

  /** undefined: not written, or not known: it is to be tried again. */
  async #outcomeOf(value: Uint8Array): Promise<Written | undefined> {
    let entry: Entry | undefined;
    try {
      entry = await this.#options.store.get(recordKey(this.#options.sessionId));
    } catch {
      return undefined;
    }
    if (entry?.revision === this.#revision) return undefined;
    return entry !== undefined && Buffer.compare(entry.value, value) === 0
      ? { t: "written", revision: entry.revision }
      : { t: "conflict" };
  }

  #conflict(): void {
    this.close();
    this.#options.conflicted();
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#pause?.timer.cancel();
        this.#pause = undefined;
        resolve();
      };
      this.#pause = { timer: this.#options.clock.after(tryAgainAfterMs, end), end };
    });
  }
}
