// The bytes of a lease in key-value: who holds it, and what others need to know of the holder (its address).

import type { Entry } from "./key-value.ts";
import type { LeaseRecord } from "./lease.ts";

export interface LeaseOwner {
  /** One start of one process: never used again after it has ended. */
  readonly owner: string;
  /** For others: where the holder can be reached. */
  readonly about: string;
}

/** undefined: given back. */
export function encodeLease(owner: LeaseOwner | undefined): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(owner === undefined ? { t: "free" } : { t: "held", ...owner }));
}

/** What cannot be read is somebody's: it is waited for like any other holder, and then taken over. */
export function decodeLease(value: Uint8Array): LeaseOwner | undefined {
  const stranger = { owner: "", about: "" };
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(value));
    if (typeof record !== "object" || record === null || !("t" in record)) return stranger;
    if (record.t === "free") return undefined;
    if (!("owner" in record) || typeof record.owner !== "string" || record.owner === "") return stranger;
    return { owner: record.owner, about: "about" in record && typeof record.about === "string" ? record.about : "" };
  } catch {
    return stranger;
  }
}

export function leaseRecordOf(entry: Entry | undefined): LeaseRecord {
  if (entry === undefined) return { t: "absent" };
  return { t: "present", revision: entry.revision, owner: decodeLease(entry.value)?.owner };
}
