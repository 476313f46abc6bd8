// Key-value in this process's memory, for one machine and for tests, which can make it fail before or after a write.
import { ArrasError } from "../../proto/errors.ts";
import type { Subscription } from "../bus.ts";
import { type Change, checkKey, checkValue, type Entry, type KeyValue, type Written } from "./key-value.ts";

/** "lost": the request never arrived. "unanswered": it was carried out, and the answer got lost. */
export type KeyValueFault = "lost" | "unanswered";

interface Watch {
  readonly prefix: string;
  readonly listener: (change: Change) => void;
}

export class InMemoryKeyValue implements KeyValue {
  readonly #entries = new Map<string, Entry>();
  readonly #watches = new Set<Watch>();
  #revision = 0;
  /** Taken one by one by the operations that come; undefined lets one pass. */
  readonly faults: (KeyValueFault | undefined)[] = [];
  #isAway = false;

  create(key: string, value: Uint8Array): Promise<Written> {
    return this.#write(key, value, 0);
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    return this.#perform(() => this.#entries.get(key));
  }

  update(key: string, value: Uint8Array, expectedRevision: number): Promise<Written> {
    return this.#write(key, value, expectedRevision);
  }

  async delete(key: string, expectedRevision: number): Promise<Written> {
    checkKey(key);
    return this.#perform(() => {
      if (this.#entries.get(key)?.revision !== expectedRevision) return { t: "conflict" };
      this.#entries.delete(key);
      const revision = ++this.#revision;
      this.#tell({ t: "deleted", key, revision }, key);
      return { t: "written", revision };
    });
  }

  watch(prefix: string, listener: (change: Change) => void): Subscription {
    checkKey(prefix);
    const watch = { prefix, listener };
    this.#watches.add(watch);
    this.#tellAll(watch);
    return { unsubscribe: () => void this.#watches.delete(watch) };
  }

  /** While it is away nothing is answered; when it is back, watches begin again. */
  setAway(isAway: boolean): void {
    this.#isAway = isAway;
    if (!isAway) for (const watch of this.#watches) this.#tellAll(watch);
  }

  #tellAll(watch: Watch): void {
    const { prefix, listener } = watch;
    const present = [...this.#entries.values()].filter(({ key }) => key.startsWith(`${prefix}.`));
    const puts = present.map((entry): Change => ({ t: "put", entry }));
    const changes: Change[] = [{ t: "began" }, ...puts, { t: "current" }];
    for (const change of changes) queueMicrotask(() => this.#watches.has(watch) && listener(change));
  }

  async #write(key: string, value: Uint8Array, expectedRevision: number): Promise<Written> {
    checkKey(key);
    checkValue(value);
    const kept = value.slice();
    return this.#perform(() => {
      if ((this.#entries.get(key)?.revision ?? 0) !== expectedRevision) return { t: "conflict" };
      const entry = { key, value: kept, revision: ++this.#revision };
      this.#entries.set(key, entry);
      this.#tell({ t: "put", entry }, key);
      return { t: "written", revision: entry.revision };
    });
  }

  /** In a later microtask, as over a network, and with the fault whose turn it is. */
  async #perform<Result>(operation: () => Result): Promise<Result> {
    const fault = this.faults.shift();
    await Promise.resolve();
    if (this.#isAway || fault === "lost") throw away("unavailable");
    const result = operation();
    if (fault === "unanswered") throw away("timed-out");
    return result;
  }

  #tell(change: Change, key: string): void {
    for (const watch of this.#watches) {
      if (!key.startsWith(`${watch.prefix}.`)) continue;
      queueMicrotask(() => this.#watches.has(watch) && watch.listener(change));
    }
  }
}

function away(code: "unavailable" | "timed-out"): ArrasError {
  return new ArrasError(code, { message: "The key-value store does not answer", action: "Try again." });
}
