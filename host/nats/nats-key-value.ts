// Key-value in a NATS bucket (a JetStream stream with one message per key).
import { jetstream } from "@nats-io/jetstream";
import { type KV, Kvm, type KvWatchEntry } from "@nats-io/kv";
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";
import { Following, type Turn } from "./following.ts";
import { type Change, checkKey, checkValue, type Entry, type KeyValue, type Written } from "./key-value.ts";
import { isWrongRevision, natsError } from "./nats-error.ts";
import type { NatsLink } from "./nats-link.ts";

export interface BucketOptions {
  readonly bucket: string;
  /** Copies over a cluster's servers: 3 survive the loss of one. Only for a bucket that is not there yet. */
  readonly replicas?: number;
}

export class NatsKeyValue implements KeyValue {
  readonly #link: NatsLink;
  readonly #bucket: KV;
  readonly #name: string;

  private constructor(link: NatsLink, bucket: KV, name: string) {
    this.#link = link;
    this.#bucket = bucket;
    this.#name = name;
  }

  /** Makes the bucket if it is missing. Rejects with `unavailable` when the server cannot be reached or lacks JetStream. */
  static async open(link: NatsLink, { bucket, replicas = 1 }: BucketOptions): Promise<NatsKeyValue> {
    try {
      const js = jetstream(link.connection, { timeout: limits.natsRequestTimeoutMs });
      const kv = await new Kvm(js).create(bucket, {
        history: 1,
        replicas,
        // No size here: the server would count headers too. checkValue bounds it.
        // Direct reads may come from a replica that lags. Harmless for compare-and-set, but a value just written should be read.
        allow_direct: false,
      });
      return new NatsKeyValue(link, kv, bucket);
    } catch (thrown) {
      throw natsError(thrown, `Opening key-value ${bucket}`);
    }
  }

  create(key: string, value: Uint8Array): Promise<Written> {
    checkKey(key);
    checkValue(value);
    return this.#write(`Creating ${key}`, () => this.#bucket.create(key, value));
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    await this.#link.whenConnected(limits.natsRequestTimeoutMs);
    try {
      const entry = await this.#bucket.get(key);
      if (entry === null || entry.operation !== "PUT") return undefined;
      return { key, value: entry.value, revision: entry.revision };
    } catch (thrown) {
      throw natsError(thrown, `Reading ${key} of ${this.#name}`);
    }
  }

  update(key: string, value: Uint8Array, expectedRevision: number): Promise<Written> {
    checkKey(key);
    checkValue(value);
    const timeout = limits.natsRequestTimeoutMs;
    return this.#write(`Writing ${key}`, () =>
      this.#bucket.put(key, value, { previousSeq: expectedRevision, timeout }),
    );
  }

  async delete(key: string, expectedRevision: number): Promise<Written> {
    checkKey(key);
    return this.#write(`Deleting ${key}`, async () => {
      // The client's delete gives no revision; whoever needs it watches.
      await this.#bucket.delete(key, { previousSeq: expectedRevision });
      return expectedRevision + 1;
    });
  }

  watch(prefix: string, listener: (change: Change) => void): Subscription {
    checkKey(prefix);
    return new Following(this.#link, (turn) => follow(this.#bucket, prefix, listener, turn));
  }

  async #write(doing: string, write: () => Promise<number>): Promise<Written> {
    await this.#link.whenConnected(limits.natsRequestTimeoutMs);
    try {
      return { t: "written", revision: await write() };
    } catch (thrown) {
      if (isWrongRevision(thrown)) return { t: "conflict" };
      throw natsError(thrown, `${doing} in ${this.#name}`);
    }
  }
}

/** Returns when the server ends it. */
async function follow(bucket: KV, prefix: string, listener: (change: Change) => void, turn: Turn): Promise<void> {
  const entries = await bucket.watch({ key: `${prefix}.>` });
  if (!turn.began(() => entries.stop())) return;
  const initialCount = pendingCount(entries);
  listener({ t: "began" });
  if (initialCount === 0) listener({ t: "current" });
  let count = 0;
  for await (const entry of entries) {
    if (!turn.isCurrent()) return;
    listener(changeOf(entry));
    if (++count === initialCount) listener({ t: "current" });
  }
}

/** How many entries were there when the watch began; the client keeps the consumer's description on the iterator. */
function pendingCount(entries: object): number {
  const consumer = (entries as { _data?: { _info?: { num_pending?: number } } })._data;
  return consumer?._info?.num_pending ?? 0;
}

function changeOf(entry: KvWatchEntry): Change {
  const { key, revision } = entry;
  if (entry.operation !== "PUT") return { t: "deleted", key, revision };
  // A copy: the client's value is a piece of what the socket delivered, which would be kept alive as a whole.
  return { t: "put", entry: { key, revision, value: entry.value.slice() } };
}
