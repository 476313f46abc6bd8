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
  readonly #followers = new Set<Follower>();
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
    for (const follower of this.#followers) follower.add(numbered);
    return this.#sequence;
  }

  follow(from: FollowFrom, listener: EventListener): Subscription {
    const follower = new Follower(
      listener,
      this.#events.filter((kept) => isWanted(from, kept)).map(({ event }) => event),
    );
    this.#followers.add(follower);
    return {
      unsubscribe: () => {
        this.#followers.delete(follower);
        follower.end();
      },
    };
  }
}

/** Tells one event after the other. What is no longer kept when its turn comes is left out. */
class Follower {
  readonly #listener: EventListener;
  readonly #waiting: FarmEvent[];
  #wake: () => void = () => {};
  #isEnded = false;

  constructor(listener: EventListener, kept: readonly FarmEvent[]) {
    this.#listener = listener;
    this.#waiting = [...kept];
    void this.#tell(this.#waiting.length);
  }

  add(event: FarmEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > limits.eventsWaitingMax) this.#waiting.shift();
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async #tell(keptCount: number): Promise<void> {
    // Who follows has its subscription before it is told anything.
    await Promise.resolve();
    for (let toldCount = 0; !this.#isEnded; toldCount += 1) {
      if (toldCount === keptCount) this.#listener.current?.();
      while (this.#waiting.length === 0 && !this.#isEnded)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      const event = this.#waiting.shift();
      if (event !== undefined && !this.#isEnded) await this.#listener.event(event);
    }
  }
}

function isWanted(from: FollowFrom, { event, storedAtMs }: Kept): boolean {
  if (from.t === "sequence") return event.sequence >= from.sequence;
  if (from.t === "time") return storedAtMs >= from.sinceMs;
  return from.t === "start";
}
