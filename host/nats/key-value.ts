// Small values under keys with revisions: what ownership and sessions need of a store, and no more. On a farm it is a
// NATS key-value bucket; in tests and on one machine it is memory. Values are bytes.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with each write to the store, whatever its key. */
  readonly revision: number;
}

/** A conflict is an answer: somebody else wrote first, and nothing was changed. */
export type Written = { readonly t: "written"; readonly revision: number } | { readonly t: "conflict" };

export type Change =
  | { readonly t: "put"; readonly entry: Entry }
  | { readonly t: "deleted"; readonly key: string; readonly revision: number }
  /** From here on everything is told anew: at the start, and again after the store was away. */
  | { readonly t: "began" }
  /** All that was there when the watch began has been told. */
  | { readonly t: "current" };

/**
 * Every method rejects with `unavailable` or `timed-out` when the store cannot be reached. Then a write may have
 * happened or not: who needs to know reads, and compares what it finds.
 */
export interface KeyValue {
  /** Conflict when the key has a value. */
  create(key: string, value: Uint8Array): Promise<Written>;
  get(key: string): Promise<Entry | undefined>;
  /** Conflict unless the key's revision is `expectedRevision`. */
  update(key: string, value: Uint8Array, expectedRevision: number): Promise<Written>;
  delete(key: string, expectedRevision: number): Promise<Written>;
  /**
   * Tells what is under `prefix.` now and each change from then on. A value between two others may be left out, the
   * last never; a change may be told twice. `listener` must not throw.
   */
  watch(prefix: string, listener: (change: Change) => void): Subscription;
}

const keyPattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** @throws ArrasError `limit-exceeded`; a key of other characters is a fault of the program. */
export function checkKey(key: string): void {
  if (!keyPattern.test(key)) throw new Error(`"${key}" is no key`);
  if (key.length > limits.keyValueKeyCharsMax) throw beyond("A key", key.length, "keyValueKeyCharsMax");
}

/** @throws ArrasError `limit-exceeded`. */
export function checkValue(value: Uint8Array): void {
  if (value.byteLength > limits.keyValueSizeBytesMax) throw beyond("A value", value.byteLength, "keyValueSizeBytesMax");
}

function beyond(what: string, size: number, limit: "keyValueKeyCharsMax" | "keyValueSizeBytesMax"): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `${what} of ${size} passes ${limit} (${limits[limit]})`,
    action: "Put what is large into the object store.",
  });
}
