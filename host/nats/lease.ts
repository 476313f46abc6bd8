// Ownership by lease, one party's view of one lease. Pure: time and what the store answers are arguments.
//
// The record in key-value says who holds; its revision is the proof. There is no common clock, so no time is stored:
// - The holder may act until its last successful write was SENT plus the allowance, by its own clock.
// - A taker must have SEEN one revision unrenewed for the time to live, by its own clock, and then writes on condition
//   that it is still that revision.
// A taker sees a revision only after it was sent, and the allowance is shorter than the time to live by more than clocks
// drift, so the holder has stopped before the taker writes. Renewals that arrive late only make takers wait longer.
// nats-server 2.9 ignores a time to live per key silently; this needs none. (Gray and Cheriton, Leases, SOSP 1989, with
// revisions for their clocks.)

/** proto/limits.ts has them; tests have others. */
export interface LeaseTimes {
  readonly leaseTtlMs: number;
  readonly leaseAllowanceMs: number;
  readonly leaseRenewIntervalMs: number;
}

/** What the store has under the lease's key. `owner` undefined: given back, anybody may take it at once. */
export type LeaseRecord =
  | { readonly t: "absent" }
  | { readonly t: "present"; readonly revision: number; readonly owner: string | undefined };

export type Lease =
  /** Nothing is known yet. */
  | { readonly t: "unknown" }
  /** Somebody else's, or nobody's, seen so since then. */
  | { readonly t: "watching"; readonly record: LeaseRecord; readonly sinceMs: number }
  /** Ours as far as the store goes; we may act until then, if that is not past. */
  | { readonly t: "held"; readonly revision: number; readonly actUntilMs: number; readonly sentMs: number }
  /** Was held; a renewal was refused or not answered, so the record must be read. The allowance goes on: it rests on time alone. */
  | { readonly t: "doubted"; readonly actUntilMs: number };

/** A write, on condition that the record is still this one. `revision` 0: on condition that there is none. */
export interface LeaseWrite {
  readonly revision: number;
}

export const unknownLease: Lease = { t: "unknown" };

/** The one question that counts, to be asked before each act. */
export function mayAct(lease: Lease, nowMs: number): boolean {
  return (lease.t === "held" || lease.t === "doubted") && nowMs < lease.actUntilMs;
}

/**
 * A read or a watch tells what the store has. Late and repeated tellings of a present record do no harm; an absent one
 * has no revision to compare, so only a read that did not overlap a write of ours may tell it.
 */
export function observed(lease: Lease, record: LeaseRecord, self: string, nowMs: number): Lease {
  if (record.t === "present" && record.owner === self) {
    // A write of ours whose answer was lost, or one that we know. When it was sent is not known here: no new allowance.
    if (lease.t === "held") return record.revision > lease.revision ? { ...lease, revision: record.revision } : lease;
    const actUntilMs = lease.t === "doubted" ? lease.actUntilMs : -Infinity;
    return { t: "held", revision: record.revision, actUntilMs, sentMs: -Infinity };
  }
  if (lease.t === "held" && record.t === "present" && record.revision < lease.revision) return lease;
  if (lease.t === "watching" && isSame(lease.record, record)) return lease;
  if (lease.t === "watching" && isOlder(record, lease.record)) return lease;
  return { t: "watching", record, sinceMs: nowMs };
}

/** Our write succeeded; `sentMs` is the time before it was sent. */
export function written(lease: Lease, revision: number, sentMs: number, times: LeaseTimes): Lease {
  if (lease.t === "watching" && lease.record.t === "present" && lease.record.revision > revision) return lease;
  if (lease.t === "held" && lease.revision > revision) return lease;
  return { t: "held", revision, sentMs, actUntilMs: sentMs + times.leaseAllowanceMs };
}

/** Our write met another revision, or nobody answered it: the record must be read. */
export function doubted(lease: Lease): Lease {
  return lease.t === "held" || lease.t === "doubted" ? { t: "doubted", actUntilMs: lease.actUntilMs } : unknownLease;
}

/** What to write now to get or keep the lease, if anything. `fresh`: the lease is new, and an absent record has no holder. */
export function dueWrite(lease: Lease, nowMs: number, times: LeaseTimes, fresh: boolean): LeaseWrite | undefined {
  const atMs = nextWriteMs(lease, times, fresh);
  if (atMs === undefined || nowMs < atMs) return undefined;
  if (lease.t === "held") return { revision: lease.revision };
  return { revision: lease.t === "watching" && lease.record.t === "present" ? lease.record.revision : 0 };
}

/** When dueWrite will give a write; undefined while the record must be read first. */
export function nextWriteMs(lease: Lease, times: LeaseTimes, fresh: boolean): number | undefined {
  if (lease.t === "unknown" || lease.t === "doubted") return undefined;
  if (lease.t === "held") return lease.sentMs + times.leaseRenewIntervalMs;
  const { record, sinceMs } = lease;
  // An absent record may be one that a store lost with its disk, while the holder still acts: waited for like any other.
  const free = record.t === "absent" ? fresh : record.owner === undefined;
  return free ? sinceMs : sinceMs + times.leaseTtlMs;
}

function isSame(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.t === "present" ? b.t === "present" && a.revision === b.revision : b.t === "absent";
}

function isOlder(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.t === "present" && b.t === "present" && a.revision < b.revision;
}
