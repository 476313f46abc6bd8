// The farm's wrong nodes: kept in key-value, so that all coordinators know them, and known here at once, also while the
// store is away. What a wrong node's sessions do about it is theirs.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Subscription } from "../host/bus.ts";
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Change, KeyValue } from "../host/nats/key-value.ts";
import { ArrasError } from "../proto/errors.ts";
import { type QuarantineRecord, QuarantineRecordSchema } from "../proto/gen/arras/v1/quarantine_pb.ts";
import { limits } from "../proto/limits.ts";

const prefix = "quarantine";
const writeAgainMs = 1_000;

export interface QuarantineSurroundings {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
}

/** What a session found out. */
export type Finding = Pick<QuarantineRecord, "nodeId" | "sessionId" | "evidence">;

export class Quarantine {
  readonly #store: KeyValue;
  readonly #world: QuarantineSurroundings;
  readonly #added: (nodeId: string) => void;
  #watch: Subscription | undefined;
  /** By node, the longest known first. */
  readonly #records = new Map<string, QuarantineRecord>();
  /** Not in the store yet. */
  readonly #unwritten = new Set<string>();
  #writing: Timer | undefined;
  #isEnded = false;

  /** `added`: told of each node once, found out here or elsewhere. Must not throw. */
  constructor(store: KeyValue, world: QuarantineSurroundings, added: (nodeId: string) => void) {
    this.#store = store;
    this.#world = world;
    this.#added = added;
  }

  /** From now on it hears what other coordinators have found out. */
  start(): void {
    this.#watch = this.#store.watch(prefix, (change) => this.#hear(change));
  }

  get nodeIds(): readonly string[] {
    return [...this.#records.keys()];
  }

  has(nodeId: string): boolean {
    return this.#records.has(nodeId);
  }

  /** From now on; false: it was known. */
  add(finding: Finding): boolean {
    const { nodeId } = finding;
    if (this.#isEnded || this.#records.has(nodeId)) return false;
    const sinceMs = BigInt(Math.round(this.#world.wallClockMs()));
    this.#unwritten.add(nodeId);
    this.#take(create(QuarantineRecordSchema, { ...finding, sinceMs }));
    void this.#write();
    return true;
  }

  end(): void {
    this.#isEnded = true;
    this.#writing?.cancel();
    this.#watch?.unsubscribe();
  }

  #take(record: QuarantineRecord): void {
    const { nodeId } = record;
    if (nodeId === "" || this.#records.has(nodeId)) return;
    const [oldest] = this.#records.values();
    if (oldest !== undefined && this.#records.size >= limits.quarantinedNodesMax) {
      // One that was forgotten may still be told.
      if (!this.#unwritten.has(nodeId) && record.sinceMs <= oldest.sinceMs) return;
      this.#forget(oldest);
    }
    this.#records.set(nodeId, record);
    this.#added(nodeId);
  }

  #forget({ nodeId }: QuarantineRecord): void {
    this.#records.delete(nodeId);
    this.#unwritten.delete(nodeId);
    const key = keyOf(nodeId);
    const remove = async () => {
      const entry = await this.#store.get(key);
      if (entry !== undefined) await this.#store.delete(key, entry.revision);
    };
    // Whoever adds one more than there may be tries again.
    remove().catch(() => {});
  }

  async #write(): Promise<void> {
    this.#writing?.cancel();
    this.#writing = undefined;
    for (const nodeId of [...this.#unwritten]) {
      const record = this.#records.get(nodeId);
      try {
        // A conflict: another coordinator has found it out too.
        if (record !== undefined) await this.#store.create(keyOf(nodeId), toBinary(QuarantineRecordSchema, record));
        this.#unwritten.delete(nodeId);
      } catch (thrown) {
        const { code, message } = ArrasError.from(thrown);
        this.#world.log.warn({ node: nodeId, code }, `a quarantine is not written yet: ${message}`);
        if (!this.#isEnded) this.#writing ??= this.#world.clock.after(writeAgainMs, () => void this.#write());
      }
    }
  }

  #hear(change: Change): void {
    if (change.t !== "put" || this.#isEnded) return;
    try {
      this.#take(fromBinary(QuarantineRecordSchema, change.entry.value));
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, `the quarantine ${change.entry.key} cannot be read`);
    }
  }
}

/** Node ids come from outside, and keys have few characters. */
function keyOf(nodeId: string): string {
  return `${prefix}.${Buffer.from(nodeId).toString("base64url")}`;
}
