// How large the store of finished images is, and how long it keeps them: the same for whoever makes it first, a merger or
// a coordinator. Apart from the store, so that a merger need not load the client of NATS before its film is finished.
import { limits } from "../../proto/limits.ts";
import type { NatsObjectStoreOptions } from "./nats-object-store.ts";

/** Objects outlive what speaks of them. */
const graceMs = 24 * 3600 * 1000;

export const imageStoreOptions = {
  keptMs: limits.imagesKeptMs + graceMs,
  sizeBytesMax: limits.imagesStoreSizeBytesMax,
  sizeBytesMin: limits.imagesStoreSizeBytesMin,
} as const satisfies Omit<NatsObjectStoreOptions, "name">;
