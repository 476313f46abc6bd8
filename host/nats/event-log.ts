// The farm's journal: one event per change of state of a session or a node, numbered, for people and tools that follow.
// Not the truth about anything: a lost event harms nobody.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";

export interface FarmEvent {
  /** Chosen once by who publishes: the same event published twice is kept once (within two minutes). */
  readonly id: string;
  /** Wall clock of who publishes, milliseconds since 1970. */
  readonly atMs: number;
  readonly about: { readonly t: "session" | "node"; readonly id: string };
  /** A word: "created", "drained", "taken-over". */
  readonly what: string;
  /** A sentence for people. */
  readonly text: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export interface NumberedEvent extends FarmEvent {
  /** Grows by one or more from event to event; follow from the one after the last that was seen. */
  readonly sequence: number;
}

export type FollowFrom =
  | { readonly t: "now" }
  | { readonly t: "start" }
  | { readonly t: "sequence"; readonly sequence: number };

export interface EventLog {
  /**
   * Resolves with the event's number. Order is kept per log object. Rejects with `limit-exceeded` for an event beyond
   * `eventSizeBytesMax` or when `eventsWaitingMax` wait, `unavailable` when the store stays away.
   */
  publish(event: FarmEvent): Promise<number>;
  /** Each event once, in order, from there on; those that are no longer kept are left out. `listener` must not throw. */
  follow(from: FollowFrom, listener: (event: NumberedEvent) => void): Subscription;
}

/** @throws ArrasError `limit-exceeded`. */
export function encodeEvent(event: FarmEvent): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(event));
  if (bytes.byteLength <= limits.eventSizeBytesMax) return bytes;
  throw new ArrasError("limit-exceeded", {
    message: `An event of ${bytes.byteLength} bytes passes eventSizeBytesMax (${limits.eventSizeBytesMax})`,
    action: "Say it in fewer words.",
  });
}

/** undefined: not an event of this version; followers pass over it. */
export function decodeEvent(bytes: Uint8Array, sequence: number): NumberedEvent | undefined {
  try {
    const event = JSON.parse(new TextDecoder().decode(bytes)) as Partial<FarmEvent>;
    const { id, atMs, about, what, text, details } = event;
    const sound =
      typeof id === "string" &&
      typeof atMs === "number" &&
      typeof what === "string" &&
      typeof text === "string" &&
      (about?.t === "session" || about?.t === "node") &&
      typeof about.id === "string" &&
      (details === undefined || (typeof details === "object" && details !== null));
    if (!sound) return undefined;
    return { id, atMs, about: { t: about.t, id: about.id }, what, text, ...(details && { details }), sequence };
  } catch {
    return undefined;
  }
}
