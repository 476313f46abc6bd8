// The shared table: conflicts, lost answers, delayed watches, several coordinators in any interleaving.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlacementNode, PlacementRequest } from "../../../coordinator/placement/placement-request.ts";
import { ledgerOf, type Places, withoutNode, withoutSession } from "../../../coordinator/placement/places.ts";
import { decodePlaces } from "../../../coordinator/placement/places-message.ts";
import { admit, startWaiting } from "../../../coordinator/queue/admission.ts";
import { ReservationTable } from "../../../coordinator/reservation-table.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import type { KeyValue } from "../../../host/nats/key-value.ts";
import { limits } from "../../../proto/limits.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { mcrts, merge, node } from "./placement/placement-fixtures.ts";
import { requestOf, type Wish } from "./queue/queue-fixtures.ts";

const nodes = [node("a", { cores: 4 }), node("b", { cores: 4 })];
const context = { nodes, isPassedEnough: () => false, isStalled: () => false };

function admitTo(table: ReservationTable, sessionId: string, wish: Wish = {}, mayWait = true) {
  const arrival = { sessionId, user: "", priority: 50, request: requestOf(sessionId, wish), mayWait };
  return table.change((places) => admit(places, arrival, context));
}

const placedIn = ({ places }: ReservationTable) => [...places.placed.keys()];

describe("the table of places", () => {
  it("two coordinators -> each sees what the other took, and hears of it", async () => {
    const store = new InMemoryKeyValue();
    const [one, other] = [new ReservationTable(store, silentLog), new ReservationTable(store, silentLog)];
    let heard = 0;
    other.onChange(() => {
      heard += 1;
    });
    await admitTo(one, "s");
    await settled();
    expect([placedIn(other), heard]).toEqual([["s"], 1]);
    await admitTo(other, "t");
    expect(placedIn(other)).toEqual(["s", "t"]);
  });

  it("both write at once -> one conflicts, decides again on what the other left", async () => {
    const store = new InMemoryKeyValue();
    const [one, other] = [new ReservationTable(store, silentLog), new ReservationTable(store, silentLog)];
    const all = await Promise.all([
      admitTo(one, "s", { cores: 4 }),
      admitTo(other, "t", { cores: 4 }),
      admitTo(one, "u", { cores: 4 }),
    ]);
    expect(all.map(({ t }) => t).sort()).toEqual(["placed", "placed", "queued"]);
  });

  it.each([
    ["the write is lost", ["lost"], "placed"],
    ["the write's answer is lost", ["unanswered"], "placed"],
    ["the write and the read after it are lost", ["lost", "lost"], "unavailable"],
    ["the write, and the one after a read, are lost", ["lost", undefined, "lost"], "placed"],
    ["the store stays away", ["unanswered", "lost"], "unavailable"],
  ] as const)("%s -> %s", async (_, faults, outcome) => {
    const store = new InMemoryKeyValue();
    const table = new ReservationTable(store, silentLog);
    await settled();
    store.faults.push(...faults);
    const ended = await admitTo(table, "s").then(
      ({ t }) => t,
      (error) => error.code,
    );
    expect(ended).toBe(outcome);
    expect((await admitTo(table, "s")).t).toBe("placed");
    expect(ledgerOf(table.places).ofSession("s")).toHaveLength(1);
  });

  it("what is there has been told -> one write, and no read before it", async () => {
    const store = new InMemoryKeyValue();
    const asked: string[] = [];
    const noting = <Result>(what: string, result: Result) => {
      asked.push(what);
      return result;
    };
    const noted: KeyValue = {
      create: (key, value) => noting("create", store.create(key, value)),
      get: (key) => noting("get", store.get(key)),
      update: (key, value, revision) => noting("update", store.update(key, value, revision)),
      delete: (key, revision) => store.delete(key, revision),
      watch: (prefix, listener) => store.watch(prefix, listener),
    };
    const table = new ReservationTable(noted, silentLog);
    await settled();
    await admitTo(table, "s");
    await admitTo(table, "t");
    expect(asked).toEqual(["create", "update"]);
  });

  it("what was told says that there is no room, and is old -> it is read before anybody is refused", async () => {
    const store = new InMemoryKeyValue();
    const news: (() => void)[] = [];
    const slow: KeyValue = {
      create: (key, value) => store.create(key, value),
      get: (key) => store.get(key),
      update: (key, value, revision) => store.update(key, value, revision),
      delete: (key, revision) => store.delete(key, revision),
      watch: (prefix, listener) => store.watch(prefix, (change) => news.push(() => listener(change))),
    };
    const [one, other] = [new ReservationTable(store, silentLog), new ReservationTable(slow, silentLog)];
    for (const sessionId of ["s", "t"]) await admitTo(one, sessionId, { cores: 4 });
    await settled();
    for (const tell of news.splice(0)) tell();
    expect(placedIn(other)).toEqual(["s", "t"]);
    await one.change((places) => ({ places: withoutSession(places, "s"), result: undefined }));
    expect((await admitTo(other, "u", { cores: 4 }, false)).t).toBe("placed");
  });

  it("others write each time first -> unavailable after limits.placesWritesMax attempts", async () => {
    const store = new InMemoryKeyValue();
    const conflicting: KeyValue = {
      create: async () => ({ t: "conflict" }),
      get: (key) => store.get(key),
      update: async () => ({ t: "conflict" }),
      delete: (key, revision) => store.delete(key, revision),
      watch: (prefix, listener) => store.watch(prefix, listener),
    };
    await expect(admitTo(new ReservationTable(conflicting, silentLog), "s")).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("the decision throws -> passed on, nothing written", async () => {
    const store = new InMemoryKeyValue();
    const table = new ReservationTable(store, silentLog);
    await expect(admitTo(table, "s", { cores: 9 }, false)).rejects.toMatchObject({ code: "resources-insufficient" });
    expect(await store.get("places.table")).toBeUndefined();
  });

  it("the table grows beyond a value -> limit-exceeded, nothing written", async () => {
    const table = new ReservationTable(new InMemoryKeyValue(), silentLog);
    const sessionId = "x".repeat(limits.keyValueSizeBytesMax);
    await expect(admitTo(table, sessionId)).rejects.toMatchObject({ code: "limit-exceeded" });
    expect((await admitTo(table, "s")).t).toBe("placed");
  });

  it("what is there cannot be read -> message-malformed, and it is not written over", async () => {
    const store = new InMemoryKeyValue();
    const table = new ReservationTable(store, silentLog);
    await store.create("places.table", Uint8Array.of(255));
    await settled();
    await expect(admitTo(table, "s")).rejects.toMatchObject({ code: "message-malformed" });
  });

  it("it is deleted, also while nobody could hear of it -> empty", async () => {
    const store = new InMemoryKeyValue();
    const table = new ReservationTable(store, silentLog);
    await admitTo(table, "s");
    await store.delete("places.table", (await store.get("places.table"))!.revision);
    await settled();
    expect(placedIn(table)).toEqual([]);
    await admitTo(table, "t");
    expect(placedIn(table)).toEqual(["t"]);
  });
});

/** A store whose operations and news take any time, and arrive in any order that a watch allows. */
class ScheduledKeyValue implements KeyValue {
  readonly #store: InMemoryKeyValue;
  readonly #scheduler: fc.Scheduler;

  constructor(store: InMemoryKeyValue, scheduler: fc.Scheduler) {
    this.#store = store;
    this.#scheduler = scheduler;
  }

  create(key: string, value: Uint8Array) {
    return this.#slowly("create", () => this.#store.create(key, value));
  }

  get(key: string) {
    return this.#slowly("get", () => this.#store.get(key));
  }

  update(key: string, value: Uint8Array, expectedRevision: number) {
    return this.#slowly("update", () => this.#store.update(key, value, expectedRevision));
  }

  delete(key: string, expectedRevision: number) {
    return this.#slowly("delete", () => this.#store.delete(key, expectedRevision));
  }

  watch(prefix: string, listener: Parameters<KeyValue["watch"]>[1]) {
    let last: Promise<unknown> = Promise.resolve();
    return this.#store.watch(prefix, (change) => {
      last = last.then(() => this.#scheduler.schedule(Promise.resolve(), "news")).then(() => listener(change));
    });
  }

  async #slowly<Result>(label: string, operation: () => Promise<Result>): Promise<Result> {
    await this.#scheduler.schedule(Promise.resolve(), `${label} asked`);
    const result = operation();
    // An answer that never comes is handled as one that says so.
    await this.#scheduler.schedule(Promise.resolve(), `${label} answered`);
    return result;
  }
}

const farm = [node("a", { cores: 4, memoryMB: 4000 }), node("b", { cores: 2, memoryMB: 3000, coresPolicy: "shared" })];

const anySession = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    growthCount: fc.nat(2),
    memoryMB: fc.integer({ min: 128, max: 3000 }),
    minCores: fc.constantFrom(0.5, 1, 3),
  })
  .map(({ count, growthCount, ...fields }) => {
    const all = mcrts(count + growthCount, fields);
    return { computations: [...all.slice(0, count), merge({ memoryMB: 500 })], growth: all.slice(count) };
  });

const anyStep = fc.record({
  owner: fc.nat(1),
  t: fc.constantFrom("admit", "admit-now", "start", "end", "lose", "hear"),
  sessionIndex: fc.nat(3),
  nodeIndex: fc.nat(1),
  fault: fc.constantFrom(undefined, undefined, undefined, "lost" as const, "unanswered" as const),
});

interface Step {
  readonly t: string;
  readonly nodeIndex: number;
}

/** One coordinator: its own sessions, and the nodes as it sees them. */
class Owner {
  readonly table: ReservationTable;
  readonly #own = new Map<string, PlacementRequest>();
  #present: readonly PlacementNode[] = farm;

  constructor(store: KeyValue) {
    this.table = new ReservationTable(store, silentLog);
  }

  async act({ t, nodeIndex }: Step, request: PlacementRequest): Promise<void> {
    const { sessionId } = request;
    const seen = { ...context, nodes: this.#present };
    if (t === "admit" || t === "admit-now") {
      this.#own.set(sessionId, request);
      const arrival = { sessionId, user: "", priority: 50, request, mayWait: t === "admit" };
      await this.table.change((places) => admit(places, arrival, seen));
    } else if (t === "start") {
      await this.table.change((places) => startWaiting(places, this.#own, seen));
    } else if (t === "end") {
      this.#own.delete(sessionId);
      await this.table.change((places) => ({ places: withoutSession(places, sessionId), result: undefined }));
    } else if (t === "lose") {
      const { id } = farm[nodeIndex]!;
      this.#present = this.#present.filter((each) => each.id !== id);
      const ids = [...this.#own.keys()];
      await this.table.change((places) => ({ places: withoutNode(places, id, ids), result: undefined }));
    } else {
      this.#present = farm;
    }
  }
}

describe("two coordinators in any interleaving", () => {
  it("never over a node's memory or its exclusive cores; a session is placed whole or has nothing", async () => {
    const sessions = fc.array(anySession, { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        sessions,
        fc.array(anyStep, { maxLength: 24 }),
        async (scheduler, asked, steps) => {
          const store = new InMemoryKeyValue();
          const owners = [0, 1].map(() => new Owner(new ScheduledKeyValue(store, scheduler)));
          const written: Places[] = [];
          store.watch("places", (change) => change.t === "put" && written.push(decodePlaces(change.entry.value)));
          const requests = asked.map((each, index) => ({ ...each, sessionId: `s${index}`, renderer: "embree" }));
          const steppings = steps.map(async (step) => {
            const owner = owners[step.owner]!;
            const request = requests[step.owner * 4 + step.sessionIndex]!;
            store.faults.push(step.fault);
            await owner.act(step, request).catch((error) => {
              expect(["unavailable", "timed-out", "resources-insufficient"]).toContain(error.code);
              // Decided on what is there now: nothing of it was taken.
              const { placed, waiting } = owner.table.places;
              if (error.code === "resources-insufficient")
                expect([placed.has(request.sessionId), waiting.has(request.sessionId)]).toEqual([false, false]);
            });
          });
          await scheduler.waitFor(Promise.all(steppings));
          await settled();
          const isAnyLost = steps.some(({ t }) => t === "lose");
          for (const places of written) checkPlaces(places, isAnyLost ? [] : requests);
        },
      ),
      { numRuns: 400 },
    );
  });
});

function checkPlaces(places: Places, whole: readonly PlacementRequest[]): void {
  const ledger = ledgerOf(places);
  for (const each of farm) {
    expect(ledger.freeMemoryMB(each)).toBeGreaterThanOrEqual(0);
    expect(ledger.freeCores(each)).toBeGreaterThanOrEqual(0);
  }
  for (const sessionId of places.waiting.keys()) expect(places.placed.has(sessionId)).toBe(false);
  for (const { sessionId, computations } of whole) {
    const held = places.placed.get(sessionId)?.reservations.map(({ computation }) => computation);
    if (held !== undefined) expect(held).toEqual(expect.arrayContaining(computations.map(({ name }) => name)));
  }
}
