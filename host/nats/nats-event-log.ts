// The journal in a JetStream stream.
import {
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type OrderedConsumerOptions,
} from "@nats-io/jetstream";
import { ArrasError } from "../../proto/errors.ts";
import type { FarmEvent } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import { storeNames, subjects } from "../../proto/subjects.ts";
import type { Subscription } from "../bus.ts";
import {
  decodeEvent,
  type EventListener,
  type EventLog,
  encodeEvent,
  type FollowFrom,
  subjectOf,
} from "./event-log.ts";
import { Following, type Turn } from "./following.ts";
import { natsError } from "./nats-error.ts";
import type { NatsLink } from "./nats-link.ts";
import { ensureStream } from "./stream.ts";
import { whileAway } from "./while-away.ts";

const nanosPerMs = 1_000_000;

export class NatsEventLog implements EventLog {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #stream: JetStreamClient;
  #last: Promise<unknown> = Promise.resolve();
  #waitingCount = 0;

  private constructor(link: NatsLink, manager: JetStreamManager) {
    this.#link = link;
    this.#manager = manager;
    this.#stream = jetstream(link.connection, { timeout: limits.natsRequestTimeoutMs });
  }

  static async open(link: NatsLink, { replicas = 1 }: { readonly replicas?: number } = {}): Promise<NatsEventLog> {
    try {
      const manager = await jetstreamManager(link.connection, { timeout: limits.natsRequestTimeoutMs });
      await ensureStream(manager, {
        name: storeNames.events,
        subjects: [subjects.allEvents],
        max_age: limits.eventsKeptMs * nanosPerMs,
        max_msgs: limits.eventsKeptMax,
        max_bytes: limits.eventsKeptBytesMax,
        num_replicas: replicas,
        discard: DiscardPolicy.Old,
      });
      return new NatsEventLog(link, manager);
    } catch (thrown) {
      throw natsError(thrown, "Opening the events");
    }
  }

  async publish(event: FarmEvent): Promise<number> {
    const bytes = encodeEvent(event);
    if (this.#waitingCount >= limits.eventsWaitingMax) throw tooMany();
    const subject = subjectOf(event);
    this.#waitingCount++;
    // One after another: an event that is repeated must not come after its successor.
    const published = this.#last.then(() =>
      whileAway(this.#link, "Publishing an event", () => this.#stream.publish(subject, bytes, { msgID: event.id })),
    );
    this.#last = published.catch(() => undefined).finally(() => this.#waitingCount--);
    return (await published).seq;
  }

  follow(from: FollowFrom, listener: EventListener): Subscription {
    const reading = new Reading(this.#manager, this.#stream, from, listener);
    return new Following(this.#link, (turn) => reading.follow(turn));
  }
}

/** Of one reader: what it was told, so that it goes on with the event after that. */
class Reading {
  readonly #manager: JetStreamManager;
  readonly #stream: JetStreamClient;
  readonly #listener: EventListener;
  readonly #from: FollowFrom;
  /** undefined: now or a time, as long as it is not known which number that is. */
  #next: number | undefined;
  #isCurrent = false;

  constructor(manager: JetStreamManager, stream: JetStreamClient, from: FollowFrom, listener: EventListener) {
    this.#manager = manager;
    this.#stream = stream;
    this.#listener = listener;
    this.#from = from;
    if (from.t === "start") this.#next = 1;
    if (from.t === "sequence") this.#next = Math.max(1, from.sequence);
  }

  async follow(turn: Turn): Promise<void> {
    const consumer = await this.#stream.consumers.get(storeNames.events, await this.#beginning());
    const { num_pending: pending } = await consumer.info();
    const messages = await consumer.consume();
    if (!turn.began(() => messages.stop())) return;
    if (pending === 0) this.#tellCurrent();
    for await (const message of messages) {
      if (!turn.isCurrent()) return;
      const isNew = message.seq >= (this.#next ?? 0);
      if (isNew) this.#next = message.seq + 1;
      const event = decodeEvent(message.data, message.seq);
      if (isNew && event !== undefined) await this.#listener.event(event);
      if (!turn.isCurrent()) return;
      if (message.info.pending === 0) this.#tellCurrent();
    }
  }

  async #beginning(): Promise<Partial<OrderedConsumerOptions>> {
    if (this.#next === undefined && this.#from.t === "time") {
      const sinceIso = new Date(this.#from.sinceMs).toISOString();
      return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: sinceIso };
    }
    if (this.#next === undefined) {
      const { state } = await this.#manager.streams.info(storeNames.events);
      this.#next ??= state.last_seq + 1;
    }
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#next };
  }

  #tellCurrent(): void {
    if (this.#isCurrent) return;
    this.#isCurrent = true;
    this.#listener.current?.();
  }
}

function tooMany(): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `eventsWaitingMax (${limits.eventsWaitingMax}) events wait for NATS`,
    action: "Nothing is lost but events: is the NATS server running?",
  });
}
