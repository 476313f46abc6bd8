// All sessions' records as the store has them, by one watch: of this coordinator's sessions and of all others'.
import type { Subscription } from "../../host/bus.ts";
import type { Log } from "../../host/log.ts";
import type { Change, Entry, KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { decodeRecord, type KeptRecord, recordKey, recordPrefix, sessionIdOfKey } from "./session-record.ts";

/** Told of every record that can be read, and of each that goes. Must not throw. */
export interface RecordListener {
  kept(kept: KeptRecord): void;
  removed(sessionId: string): void;
}

export class RecordBook {
  readonly #store: KeyValue;
  readonly #log: Log;
  readonly #listener: RecordListener;
  readonly #records = new Map<string, KeptRecord>();
  readonly #watch: Subscription;
  /** Told since the watch began (again), to find out which have gone meanwhile; undefined when it is up to date. */
  #told: Set<string> | undefined = new Set();

  constructor(options: { readonly store: KeyValue; readonly log: Log; readonly listener: RecordListener }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#listener = options.listener;
    this.#watch = options.store.watch(recordPrefix, (change) => this.#changed(change));
  }

  /** Whether everything that there was has been told: a session that is not here then is none. */
  get isCurrent(): boolean {
    return this.#told === undefined;
  }

  get(sessionId: string): KeptRecord | undefined {
    return this.#records.get(sessionId);
  }

  all(): KeptRecord[] {
    return [...this.#records.values()];
  }

  /** Also one that the watch has not told yet. Rejects as KeyValue does. */
  async find(sessionId: string): Promise<KeptRecord | undefined> {
    return this.#records.get(sessionId) ?? this.read(sessionId);
  }

  /** As the store has it now. Rejects as KeyValue does, and with `message-malformed`. */
  async read(sessionId: string): Promise<KeptRecord | undefined> {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(sessionId)) return undefined;
    const entry = await this.#store.get(recordKey(sessionId));
    if (entry === undefined) return undefined;
    return { record: decodeRecord(entry.key, entry.value), revision: entry.revision };
  }

  /** A write of this process, which the watch tells later. */
  note(kept: KeptRecord): void {
    const { sessionId } = kept.record;
    this.#told?.add(sessionId);
    if ((this.#records.get(sessionId)?.revision ?? 0) < kept.revision) this.#records.set(sessionId, kept);
  }

  close(): void {
    this.#watch.unsubscribe();
  }

  #changed(change: Change): void {
    if (change.t === "began") this.#told = new Set();
    else if (change.t === "current") this.#caughtUp();
    else if (change.t === "put") this.#put(change.entry);
    else this.#remove(sessionIdOfKey(change.key), change.revision);
  }

  #put(entry: Entry): void {
    const sessionId = sessionIdOfKey(entry.key);
    this.#told?.add(sessionId);
    if ((this.#records.get(sessionId)?.revision ?? 0) > entry.revision) return;
    try {
      const kept = { record: decodeRecord(entry.key, entry.value), revision: entry.revision };
      this.#records.set(sessionId, kept);
      this.#listener.kept(kept);
    } catch (thrown) {
      // Never the value: it holds a token.
      this.#log.warn({ session: sessionId, revision: entry.revision }, ArrasError.from(thrown).toString());
      this.#remove(sessionId, entry.revision);
    }
  }

  #caughtUp(): void {
    const told = this.#told;
    this.#told = undefined;
    for (const [sessionId, { revision }] of this.#records) {
      if (told?.has(sessionId) === false) this.#remove(sessionId, revision);
    }
  }

  #remove(sessionId: string, revision: number): void {
    const known = this.#records.get(sessionId);
    if (known === undefined || known.revision > revision) return;
    this.#records.delete(sessionId);
    this.#listener.removed(sessionId);
  }
}
