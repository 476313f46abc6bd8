// All leases of one process under one prefix: those that it holds or wants, and who holds the others, by one watch.
import type { Subscription } from "../bus.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Change, KeyValue } from "./key-value.ts";
import type { LeaseTimes } from "./lease.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { decodeLease, type LeaseOwner } from "./lease-record.ts";

export interface LeaseListener {
  /**
   * From now on this process may act; `revision` is greater than that of every earlier holder. `isFirst`: there was none.
   * Must not throw.
   */
  acquired(name: string, revision: number, isFirst: boolean): void;
  /** From now on it may not: others may soon. Acquired may follow if nobody took it. */
  lost(name: string): void;
  /** Who holds a lease, undefined: nobody (given back, or removed). Told for every lease under the prefix. */
  seen(name: string, holder: LeaseOwner | undefined): void;
}

export interface LeaseHolderOptions {
  readonly store: KeyValue;
  readonly prefix: string;
  readonly self: LeaseOwner;
  readonly clock: Clock;
  /** proto/limits.ts. */
  readonly times: LeaseTimes;
  readonly log: Log;
  /** What a lease's name is, in log lines: "session"; "lease" when absent. */
  readonly nameOf?: string;
  readonly listener: LeaseListener;
}

export class LeaseHolder {
  readonly #options: LeaseHolderOptions;
  readonly #keepers = new Map<string, LeaseKeeper>();
  readonly #holders = new Map<string, LeaseOwner>();
  readonly #watch: Subscription;
  /** Names told since the watch began (again), to find out which have gone meanwhile; undefined when it is up to date. */
  #told: Set<string> | undefined;

  constructor(options: LeaseHolderOptions) {
    const { leaseAllowanceMs, leaseTtlMs, leaseRenewIntervalMs } = options.times;
    if (!(leaseRenewIntervalMs < leaseAllowanceMs && leaseAllowanceMs < leaseTtlMs)) {
      throw new Error("a lease needs: renew interval < allowance < time to live");
    }
    this.#options = options;
    this.#watch = options.store.watch(options.prefix, (change) => this.#changed(change));
  }

  /** Wants the lease from now on: takes it when it is free or runs out, renews it, until release() or remove(). */
  acquire(name: string, { fresh = false }: { readonly fresh?: boolean } = {}): void {
    if (this.#keepers.has(name)) return;
    const { store, prefix, self, clock, times, log, nameOf = "lease", listener } = this.#options;
    const keeper = new LeaseKeeper({
      store,
      key: `${prefix}.${name}`,
      self,
      clock,
      times,
      fresh,
      changed: (acting) => {
        const fields = { [nameOf]: name, revision: acting?.revision };
        log.info(fields, acting ? "lease acquired" : "lease lost or given back");
        if (acting === undefined) listener.lost(name);
        else listener.acquired(name, acting.revision, acting.isFirst);
      },
    });
    this.#keepers.set(name, keeper);
  }

  /** Whether this process may act under this lease at this moment. */
  mayAct(name: string): boolean {
    return this.#keepers.get(name)?.mayAct ?? false;
  }

  holderOf(name: string): LeaseOwner | undefined {
    return this.#holders.get(name);
  }

  /** Stops acting at once; others may take it at once when this resolves. */
  release(name: string): Promise<void> {
    return this.#end(name, false);
  }

  /** For what has ended: stops acting, and removes the record if it was ours. */
  remove(name: string): Promise<void> {
    return this.#end(name, true);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    await Promise.all([...this.#keepers.keys()].map((name) => this.release(name)));
    this.#watch.unsubscribe();
  }

  async #end(name: string, remove: boolean): Promise<void> {
    const keeper = this.#keepers.get(name);
    this.#keepers.delete(name);
    await keeper?.end({ remove });
  }

  #changed(change: Change): void {
    if (change.t === "began") this.#beginAgain();
    if (change.t === "current") this.#caughtUp();
    if (change.t === "began" || change.t === "current") return;
    const name = (change.t === "put" ? change.entry.key : change.key).slice(this.#options.prefix.length + 1);
    this.#told?.add(name);
    const holder = change.t === "put" ? decodeLease(change.entry.value) : undefined;
    this.#see(name, holder);
    this.#keepers.get(name)?.observe(change.t === "put" ? change.entry : undefined);
  }

  #beginAgain(): void {
    this.#told = new Set();
    for (const keeper of this.#keepers.values()) keeper.waitAnew();
  }

  #caughtUp(): void {
    for (const name of this.#holders.keys()) if (this.#told?.has(name) === false) this.#see(name, undefined);
    this.#told = undefined;
  }

  #see(name: string, holder: LeaseOwner | undefined): void {
    const before = this.#holders.get(name);
    if (holder === undefined) this.#holders.delete(name);
    else this.#holders.set(name, holder);
    const same = before?.owner === holder?.owner && before?.about === holder?.about;
    if (!same || holder === undefined) this.#options.listener.seen(name, holder);
  }
}
