// The journal in this process's memory, for one machine and for tests: the newest events.
import { limits } from "../../proto/limits.ts";
import type { Subscription } from "../bus.ts";
import {
  decodeEvent,
  type EventLog,
  encodeEvent,
  type FarmEvent,
  type FollowFrom,
  type NumberedEvent,
} from "./event-log.ts";

export class InMemoryEventLog implements EventLog {
  readonly #events: NumberedEvent[] = [];
  readonly #followers = new Set<(event: NumberedEvent) => void>();
  #sequence = 0;

  async publish(event: FarmEvent): Promise<number> {
    const bytes = encodeEvent(event);
    const known = this.#events.findLast(({ id }) => id === event.id);
    if (known !== undefined) return known.sequence;
    const numbered = decodeEvent(bytes, ++this.#sequence);
    if (numbered === undefined) throw new Error("an event of another shape");
    this.#events.push(numbered);
    if (this.#events.length > limits.eventsWaitingMax) this.#events.shift();
    for (const follower of this.#followers) queueMicrotask(() => this.#followers.has(follower) && follower(numbered));
    return numbered.sequence;
  }

  follow(from: FollowFrom, listener: (event: NumberedEvent) => void): Subscription {
    const follower = (event: NumberedEvent) => listener(event);
    this.#followers.add(follower);
    const first = from.t === "now" ? Infinity : from.t === "start" ? 0 : from.sequence;
    for (const event of this.#events) {
      if (event.sequence >= first) queueMicrotask(() => this.#followers.has(follower) && follower(event));
    }
    return { unsubscribe: () => void this.#followers.delete(follower) };
  }
}
