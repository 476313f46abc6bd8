// The journal in this process's memory, for one machine and for tests: the newest events.
import type { FarmEvent } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";
import { decodeEvent, type EventListener, type EventLog, encodeEvent, type FollowFrom } from "./event-log.ts";

interface Kept {
  readonly event: FarmEvent;
  readonly storedAtMs: number;
}

export class InMemoryEventLog implements EventLog {
  readonly #events: Kept[] = [];
  readonly #followers = new Set<(event: FarmEvent) => void>();
  #sequence = 0;

  async publish(event: FarmEvent): Promise<number> {
    const bytes = encodeEvent(event);
    const known = this.#events.findLast((kept) => kept.event.id === event.id);
    if (known !== undefined) return Number(known.event.sequence);
    const numbered = decodeEvent(bytes, this.#sequence + 1);
    if (numbered === undefined) throw new Error("an event without an id");
    this.#sequence += 1;
    this.#events.push({ event: numbered, storedAtMs: Date.now() });
    if (this.#events.length > limits.eventsWaitingMax) this.#events.shift();
    for (const follower of this.#followers) queueMicrotask(() => this.#followers.has(follower) && follower(numbered));
    return this.#sequence;
  }

  follow(from: FollowFrom, listener: EventListener): Subscription {
    const follower = (event: FarmEvent) => listener.event(event);
    this.#followers.add(follower);
    const isThere = () => this.#followers.has(follower);
    for (const kept of this.#events) if (isWanted(from, kept)) queueMicrotask(() => isThere() && follower(kept.event));
    queueMicrotask(() => isThere() && listener.current?.());
    return { unsubscribe: () => void this.#followers.delete(follower) };
  }
}

function isWanted(from: FollowFrom, { event, storedAtMs }: Kept): boolean {
  if (from.t === "sequence") return event.sequence >= from.sequence;
  if (from.t === "time") return storedAtMs >= from.sinceMs;
  return from.t === "start";
}
