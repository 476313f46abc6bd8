// Which sessions there are on the farm, who owns each, and which are ours: the records of all of them, and a lease for
// each. Every coordinator wants every session's lease; who gets it goes on with the session from its record.
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { KeyValue } from "../host/nats/key-value.ts";
import type { LeaseTimes } from "../host/nats/lease.ts";
import { LeaseHolder } from "../host/nats/lease-holder.ts";
import type { LeaseOwner } from "../host/nats/lease-record.ts";
import { ArrasError } from "../proto/errors.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../proto/limits.ts";
import { RecordBook } from "./records/record-book.ts";
import { encodeRecord, type KeptRecord, recordKey, recordPrefix } from "./records/session-record.ts";

/** Told what is ours. Must not throw. */
export interface OwnershipListener {
  /** It is ours from now on, as the record says. `fence`: greater than that of every earlier owner. */
  acquired(kept: KeptRecord, fence: number): void;
  /** It is not ours any more. */
  lost(sessionId: string): void;
  /** Its record is gone: whoever owned it has ended it. */
  removed(sessionId: string): void;
}

export interface OwnershipOptions {
  /** Of records, and of leases. */
  readonly sessions: KeyValue;
  readonly leases: KeyValue;
  readonly self: LeaseOwner;
  readonly clock: Clock;
  readonly times: LeaseTimes;
  readonly log: Log;
  readonly listener: OwnershipListener;
}

const readAgainAfterMs = 200;

export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #book: RecordBook;
  readonly #leases: LeaseHolder;
  /** Being created here: their leases are not to be waited for. */
  readonly #creating = new Set<string>();
  /** Of the latest acquisition of each that is not told yet: an earlier one that still reads is void. */
  readonly #reading = new Map<string, number>();
  readonly #timers = new Set<Timer>();
  #isClosed = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    const { sessions, leases, self, clock, times, log, listener } = options;
    this.#leases = new LeaseHolder({
      store: leases,
      prefix: recordPrefix,
      self,
      clock,
      times,
      log,
      nameOf: "session",
      listener: {
        acquired: (sessionId, fence, isFirst) => {
          const kept = isFirst ? this.#book.get(sessionId) : undefined;
          // Nobody else can have written it.
          if (kept !== undefined) listener.acquired(kept, fence);
          else void this.#acquired(sessionId, fence);
        },
        lost: (sessionId) => listener.lost(sessionId),
        seen: () => {},
      },
    });
    this.#book = new RecordBook({
      store: sessions,
      log,
      listener: {
        kept: ({ record }) => this.#kept(record.sessionId),
        removed: (sessionId) => {
          listener.removed(sessionId);
          void this.#leases.remove(sessionId);
        },
      },
    });
  }

  /** Whether every session of the farm is known here. */
  get isCurrent(): boolean {
    return this.#book.isCurrent;
  }

  all(): KeptRecord[] {
    return this.#book.all();
  }

  get(sessionId: string): KeptRecord | undefined {
    return this.#book.get(sessionId);
  }

  /** Also one that was created elsewhere just now. Rejects with `unavailable` or `timed-out` while the store is away. */
  find(sessionId: string): Promise<KeptRecord | undefined> {
    return this.#book.find(sessionId);
  }

  mayAct(sessionId: string): boolean {
    return this.#leases.mayAct(sessionId);
  }

  /** undefined: nobody, as far as is known. */
  ownerOf(sessionId: string): LeaseOwner | undefined {
    return this.#leases.holderOf(sessionId);
  }

  /**
   * Makes a session's record and takes its lease, which `acquired` tells. "known": somebody has made it already.
   * Rejects with `limit-exceeded`, and with `unavailable` or `timed-out`: then it may be there or not.
   */
  async create(record: SessionRecord): Promise<"created" | "known"> {
    const { sessionId } = record;
    const value = encodeRecord(record);
    if (value.byteLength > limits.recordNewSizeBytesMax) throw tooLarge(value.byteLength);
    this.#creating.add(sessionId);
    try {
      const written = await this.#options.sessions.create(recordKey(sessionId), value);
      if (written.t === "conflict") return "known";
      this.#book.note({ record, revision: written.revision });
      this.#leases.acquire(sessionId, { fresh: true });
      return "created";
    } finally {
      this.#creating.delete(sessionId);
      if (this.#book.get(sessionId) !== undefined) this.#kept(sessionId);
    }
  }

  /** A write of the owner, which is ours. */
  note(kept: KeptRecord): void {
    this.#book.note(kept);
  }

  /** Stops acting for it at once, for a reason on this side. It is wanted again a moment later. */
  async yield(sessionId: string): Promise<void> {
    await this.#leases.release(sessionId);
    this.#later(() => this.#kept(sessionId));
  }

  /** Its processes have ended: gives up the lease and has `remove` take the record away. */
  async finish(sessionId: string, remove: () => Promise<void>): Promise<void> {
    await this.#leases.remove(sessionId);
    await remove().catch((thrown: unknown) => {
      const { code } = ArrasError.from(thrown);
      // It says that it is to be closed: who owns it next does that.
      this.#options.log.warn({ session: sessionId, code }, "the record of a closed session could not be removed");
    });
  }

  /** Gives all leases back, so that others can go on at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#book.close();
    await this.#leases.close();
  }

  #kept(sessionId: string): void {
    if (this.#isClosed || this.#creating.has(sessionId) || this.#book.get(sessionId) === undefined) return;
    this.#leases.acquire(sessionId);
  }

  /** What this process last heard of the record may be old: the former owner's last writing counts. */
  async #acquired(sessionId: string, fence: number): Promise<void> {
    this.#reading.set(sessionId, fence);
    try {
      const kept = await this.#book.read(sessionId);
      if (!this.#leases.mayAct(sessionId) || this.#reading.get(sessionId) !== fence) return;
      this.#reading.delete(sessionId);
      if (kept === undefined) void this.#leases.remove(sessionId);
      else this.#options.listener.acquired(kept, fence);
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (error.code !== "unavailable" && error.code !== "timed-out") {
        this.#options.log.error({ session: sessionId, code: error.code }, error.toString());
        void this.#leases.release(sessionId);
        return;
      }
      this.#later(() => this.#leases.mayAct(sessionId) && void this.#acquired(sessionId, fence));
    }
  }

  #later(action: () => void): void {
    const timer = this.#options.clock.after(readAgainAfterMs, () => {
      this.#timers.delete(timer);
      if (!this.#isClosed) action();
    });
    this.#timers.add(timer);
  }
}

function tooLarge(sizeBytes: number): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The session's specification takes ${sizeBytes} bytes; the limit recordNewSizeBytesMax is ${limits.recordNewSizeBytesMax}`,
    action: "Make the session definition smaller.",
  });
}
