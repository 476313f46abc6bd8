// Writes what happens into the farm's event log. An event that cannot be written is lost and counted; rendering does
// not wait for it.
import type { Log } from "../../host/log.ts";
import type { EventLog } from "../../host/nats/event-log.ts";
import { ArrasError } from "../../proto/errors.ts";
import { eventOf } from "./event-of.ts";
import type { Happening, Journal } from "./happening.ts";

export interface EventJournalSurroundings {
  readonly events: EventLog;
  readonly log: Log;
  newId(): string;
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
}

export class EventJournal implements Journal {
  readonly #world: EventJournalSurroundings;
  #lostCount = 0;
  #isLosing = false;

  constructor(world: EventJournalSurroundings) {
    this.#world = world;
  }

  /** Events that could not be written. */
  get lostCount(): number {
    return this.#lostCount;
  }

  record(happening: Happening): void {
    const event = eventOf(happening, { id: this.#world.newId(), atMs: this.#world.wallMs() });
    if (event === undefined) return;
    this.#world.events.publish(event).then(
      () => {
        this.#isLosing = false;
      },
      (thrown: unknown) => this.#lost(ArrasError.from(thrown)),
    );
  }

  /** Told once for each time that the log is away. */
  #lost(error: ArrasError): void {
    this.#lostCount += 1;
    if (this.#isLosing) return;
    this.#isLosing = true;
    this.#world.log.warn({ code: error.code }, `events are lost: ${error.message}`);
  }
}
