// The farm's journal: one event per change of state of a session or a node, numbered, for people and tools that follow.
// Not the truth about anything: a lost event harms nobody. Stored as the JSON form of the message, so that `nats
// stream view` shows sentences.
import { fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import { type FarmEvent, FarmEventSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import type { Subscription } from "../bus.ts";

export type FollowFrom =
  | { readonly t: "now" }
  | { readonly t: "start" }
  | { readonly t: "sequence"; readonly sequence: number }
  /** By the clock of the journal's server, milliseconds since 1970. */
  | { readonly t: "time"; readonly sinceMs: number };

export interface EventListener {
  /** Must not throw. The next one waits for what it returns: a slow reader slows himself down and nobody else. */
  event(event: FarmEvent): void | Promise<void>;
  /** Once: all that was kept when following began has been told. Must not throw. */
  current?(): void;
}

export interface EventLog {
  /**
   * Resolves with the event's number. Order is kept per log object. Rejects with `limit-exceeded` for an event beyond
   * `eventSizeBytesMax` or when `eventsWaitingMax` wait, `unavailable` when the store stays away.
   */
  publish(event: FarmEvent): Promise<number>;
  /** Each event once, in order, from there on; those that are no longer kept are left out. */
  follow(from: FollowFrom, listener: EventListener): Subscription;
}

/** What a farm's event may be made of: all but its number. */
export type FarmEventFields = Omit<MessageInitShape<typeof FarmEventSchema>, "sequence">;

export function subjectOf({ sessionId, nodeId }: FarmEvent): string {
  return sessionId === "" ? subjects.nodeEvent(nodeId) : subjects.sessionEvent(sessionId);
}

/** @throws ArrasError `limit-exceeded`. */
export function encodeEvent(event: FarmEvent): Uint8Array {
  const bytes = new TextEncoder().encode(toJsonString(FarmEventSchema, { ...event, sequence: 0n }));
  if (bytes.byteLength <= limits.eventSizeBytesMax) return bytes;
  throw new ArrasError("limit-exceeded", {
    message: `An event of ${bytes.byteLength} bytes passes eventSizeBytesMax (${limits.eventSizeBytesMax})`,
    action: "Say it in fewer words.",
  });
}

/** undefined: not an event; followers pass over it. One of a later version loses what this one does not know. */
export function decodeEvent(bytes: Uint8Array, sequence: number): FarmEvent | undefined {
  try {
    const event = fromJsonString(FarmEventSchema, new TextDecoder().decode(bytes), { ignoreUnknownFields: true });
    return event.id === "" ? undefined : { ...event, sequence: BigInt(sequence) };
  } catch {
    return undefined;
  }
}
