// Gets and keeps one lease: reads, writes and waits as lease.ts says, one operation at a time, until it is ended.
import type { Clock, Timer } from "../clock.ts";
import type { Entry, KeyValue, Written } from "./key-value.ts";
import {
  doubted,
  dueWrite,
  type Lease,
  type LeaseTimes,
  mayAct,
  nextWriteMs,
  observed,
  unknownLease,
  written,
} from "./lease.ts";
import { encodeLease, type LeaseOwner, leaseRecordOf } from "./lease-record.ts";

export interface LeaseKeeperOptions {
  readonly store: KeyValue;
  readonly key: string;
  readonly self: LeaseOwner;
  readonly clock: Clock;
  readonly times: LeaseTimes;
  /** The lease is for something new: when nobody has it, nobody can be using it. */
  readonly fresh: boolean;
  /** Called when it may act, and when it may no longer. */
  readonly changed: (acting: Acting | undefined) => void;
}

export interface Acting {
  /** Grows with each holder: a fencing token. */
  readonly revision: number;
  /** The lease was made by this: what it is for has had no other holder. */
  readonly isFirst: boolean;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #lease: Lease = unknownLease;
  #fresh: boolean;
  #isFirst = false;
  #acting = false;
  #ended = false;
  /** A watch told of a deletion, which only a read can confirm. */
  #mustRead = false;
  #lapse: Timer | undefined;
  #wake: (() => void) | undefined;
  readonly #finished: Promise<void>;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#fresh = options.fresh;
    this.#finished = this.#run();
  }

  /** To be asked before each act: a stopped process learns here, and not from a timer, that its time is over. */
  get mayAct(): boolean {
    return !this.#ended && mayAct(this.#lease, this.#options.clock.nowMs());
  }

  /** From a watch: spares the wait for the next read. */
  observe(entry: Entry | undefined): void {
    if (this.#ended) return;
    if (entry === undefined) this.#mustRead = true;
    else this.#set(observed(this.#lease, leaseRecordOf(entry), this.#options.self.owner, this.#options.clock.nowMs()));
    this.#wake?.();
  }

  /** The store was away, and nobody could renew: a holder gets its whole time again before it is taken for dead. */
  waitAnew(): void {
    if (this.#lease.t !== "watching") return;
    this.#set(unknownLease);
    this.#wake?.();
  }

  /**
   * Stops acting at once, then gives the lease back (or, with `remove`, deletes its record), so that others need not
   * wait. Resolves also when the store does not answer: then it runs out.
   */
  async end({ remove }: { readonly remove: boolean }): Promise<void> {
    if (this.#ended) return this.#finished;
    this.#ended = true;
    this.#report();
    this.#wake?.();
    await this.#finished;
    if (this.#lease.t !== "held") return;
    const { store, key } = this.#options;
    const { revision } = this.#lease;
    await (remove ? store.delete(key, revision) : store.update(key, encodeLease(undefined), revision)).catch(
      () => undefined,
    );
  }

  async #run(): Promise<void> {
    // Of something new there is nothing to read.
    if (this.#fresh) await this.#write(0, true);
    while (!this.#ended) {
      const { clock, times } = this.#options;
      if (this.#mustRead || this.#lease.t === "unknown" || this.#lease.t === "doubted") {
        if (!(await this.#read())) await this.#wait(times.leaseRenewIntervalMs);
        continue;
      }
      const write = dueWrite(this.#lease, clock.nowMs(), times, this.#fresh);
      if (write !== undefined) await this.#write(write.revision);
      else await this.#wait(nextWriteMs(this.#lease, times, this.#fresh)! - clock.nowMs());
    }
  }

  /** False when the store did not answer. */
  async #read(): Promise<boolean> {
    const { store, key, self, clock } = this.#options;
    this.#mustRead = false;
    try {
      const entry = await store.get(key);
      this.#set(observed(this.#lease, leaseRecordOf(entry), self.owner, clock.nowMs()));
      return true;
    } catch {
      this.#mustRead = true;
      return false;
    }
  }

  async #write(revision: number, isFirst = false): Promise<void> {
    const { store, key, self, clock, times } = this.#options;
    const sentMs = clock.nowMs();
    const value = encodeLease(self);
    let result: Written | undefined;
    try {
      result = await (revision === 0 ? store.create(key, value) : store.update(key, value, revision));
    } catch {
      // It may have been written or not: the read after this one tells.
    }
    this.#isFirst = isFirst;
    if (result?.t === "written") this.#set(written(this.#lease, result.revision, sentMs, times));
    else this.#set(doubted(this.#lease));
  }

  #set(lease: Lease): void {
    this.#lease = lease;
    // Once somebody had it, an absent record says nothing more.
    if (lease.t === "held" || (lease.t === "watching" && lease.record.t === "present")) this.#fresh = false;
    this.#report();
  }

  /** Tells of changes, and sets the timer for the moment when the allowance ends. */
  #report(): void {
    const { clock, changed } = this.#options;
    this.#lapse?.cancel();
    this.#lapse = undefined;
    const acting = this.mayAct;
    if (acting && (this.#lease.t === "held" || this.#lease.t === "doubted")) {
      this.#lapse = clock.after(Math.max(0, this.#lease.actUntilMs - clock.nowMs()), () => this.#report());
    }
    if (acting === this.#acting) return;
    this.#acting = acting;
    const [lease, isFirst] = [this.#lease, this.#isFirst];
    changed(acting && lease.t === "held" ? { revision: lease.revision, isFirst } : undefined);
  }

  async #wait(forMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(Math.max(0, forMs), resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
