// The farm's one table of places, kept in key-value and changed by compare-and-set, so that coordinators never promise
// the same memory twice. On one machine the same code works on a store in memory.
import type { Subscription } from "../host/bus.ts";
import type { Log } from "../host/log.ts";
import type { Change, Entry, KeyValue } from "../host/nats/key-value.ts";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { noPlaces, type Places } from "./placement/places.ts";
import { decodePlaces, encodePlaces } from "./placement/places-message.ts";

/** One key, below what is watched. */
const placesPrefix = "places";
const placesKey = `${placesPrefix}.table`;

/** What to write, and what to tell who asked. The same `places` as given: nothing is written. */
export interface Decision<Result> {
  readonly places: Places;
  readonly result: Result;
}

export class ReservationTable {
  readonly #store: KeyValue;
  readonly #log: Log;
  readonly #watch: Subscription;
  readonly #listeners = new Set<() => void>();
  #places = noPlaces;
  #revision = 0;
  #isTold = false;
  /** What there is has been told: as far as is known it is still so. */
  #isCurrent = false;
  /** The changes of this process, one after the other: it is not to be in its own way. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: KeyValue, log: Log) {
    this.#store = store;
    this.#log = log;
    this.#watch = store.watch(placesPrefix, (change) => this.#hear(change));
  }

  /** As it was last read, written or told: possibly of some milliseconds ago. */
  get places(): Places {
    return this.#places;
  }

  /** `listener` is called after each change that is heard of, also of other coordinators. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Changes the table whole or not at all. `decide` is pure, gets what is there now, and is asked again when somebody
   * else wrote first, or when it is not known whether a write happened: then it has to recognise its own change. What
   * it throws is passed on, with nothing written. Rejects with `unavailable` or `timed-out` when the store is away (a
   * change may have happened; asking again is safe), `limit-exceeded` when the table is full.
   */
  change<Result>(decide: (places: Places) => Decision<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#change(decide));
    this.#last = result.catch(() => {});
    return result;
  }

  close(): void {
    this.#watch.unsubscribe();
    this.#listeners.clear();
  }

  async #change<Result>(decide: (places: Places) => Decision<Result>): Promise<Result> {
    const atOnce = await this.#changeAtOnce(decide);
    if (atOnce !== undefined) return atOnce.result;
    for (let attempt = 1; attempt <= limits.placesWritesMax; attempt += 1) {
      const entry = await this.#store.get(placesKey);
      if (entry === undefined) this.#set(noPlaces, 0);
      // A replica may be behind what was written or told already.
      else this.#take(entry);
      const before = this.#places;
      const { places, result } = decide(before);
      if (places === before || (await this.#write(places, this.#revision))) return result;
    }
    throw new ArrasError("unavailable", {
      message: `Other coordinators changed the table of places ${limits.placesWritesMax} times meanwhile`,
      action: "Try again.",
    });
  }

  /**
   * By what was told last, which a write proves to be so; undefined: it is to be read. What is not written proves nothing,
   * nor does a refusal.
   */
  async #changeAtOnce<Result>(
    decide: (places: Places) => Decision<Result>,
  ): Promise<{ readonly result: Result } | undefined> {
    if (!this.#isCurrent) return undefined;
    const before = this.#places;
    let decision: Decision<Result>;
    try {
      decision = decide(before);
    } catch {
      return undefined;
    }
    const { places, result } = decision;
    return places !== before && (await this.#write(places, this.#revision)) ? { result } : undefined;
  }

  /** False: somebody else wrote first, or it is not known. */
  async #write(places: Places, expectedRevision: number): Promise<boolean> {
    const value = encodePlaces(places);
    if (value.byteLength > limits.keyValueSizeBytesMax) throw full(value.byteLength);
    try {
      const written = await (expectedRevision === 0
        ? this.#store.create(placesKey, value)
        : this.#store.update(placesKey, value, expectedRevision));
      if (written.t === "conflict") return false;
      this.#set(places, written.revision);
      return true;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (error.code !== "unavailable" && error.code !== "timed-out") throw thrown;
      return false;
    }
  }

  #hear(change: Change): void {
    try {
      if (change.t === "began") [this.#isTold, this.#isCurrent] = [false, false];
      if (change.t === "current") {
        // It was deleted while nobody could be told.
        if (!this.#isTold) this.#set(noPlaces, 0);
        this.#isCurrent = true;
      }
      if (change.t === "put" && change.entry.key === placesKey) {
        // A new beginning counts whatever its revision is: the store may be another one.
        if (this.#isTold) this.#take(change.entry);
        else this.#set(decodePlaces(change.entry.value), change.entry.revision);
        this.#isTold = true;
      }
      if (change.t === "deleted" && change.key === placesKey && change.revision > this.#revision)
        this.#set(noPlaces, change.revision);
    } catch (thrown) {
      this.#isCurrent = false;
      this.#log.error({ err: thrown }, "the farm's table of places cannot be read");
    }
  }

  #take(entry: Entry): void {
    if (entry.revision > this.#revision) this.#set(decodePlaces(entry.value), entry.revision);
  }

  #set(places: Places, revision: number): void {
    if (revision === this.#revision) return;
    this.#places = places;
    this.#revision = revision;
    for (const listener of this.#listeners) listener();
  }
}

function full(sizeBytes: number): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The farm's table of places would have ${sizeBytes} bytes; keyValueSizeBytesMax is ${limits.keyValueSizeBytesMax}`,
    action: "Wait for sessions to end, or ask for fewer computations (--num-mcrt).",
  });
}
