// What every journal of events must keep.

import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventLog, FollowFrom } from "../../host/nats/event-log.ts";
import { EventKind, type FarmEvent, FarmEventSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import { until } from "../fakes/settled.ts";

export interface EventLogUnderTest {
  readonly publisher: EventLog;
  readonly follower: EventLog;
  close(): Promise<void>;
}

export function eventOf(text: string, id: string): FarmEvent {
  return create(FarmEventSchema, {
    id,
    atMs: 1_700_000_000_000n,
    kind: EventKind.SESSION_CREATED,
    sessionId: "s 1",
    text,
    attempt: 4,
    error: { code: "computation-lost", message: "gone", place: { node: "n" } },
  });
}

/** Resolves with what is told up to the event `last`. */
export function told(log: EventLog, from: FollowFrom, last: string): Promise<FarmEvent[]> {
  return new Promise((resolve) => {
    const events: FarmEvent[] = [];
    const following = log.follow(from, {
      event: (event) => {
        events.push(event);
        if (event.text !== last) return;
        following.unsubscribe();
        resolve(events);
      },
    });
  });
}

/** Resolves with what is told until all that was kept has been. */
export function kept(log: EventLog, from: FollowFrom): Promise<FarmEvent[]> {
  return new Promise((resolve) => {
    const events: FarmEvent[] = [];
    const following = log.follow(from, {
      event: (event) => void events.push(event),
      current: () => {
        following.unsubscribe();
        resolve(events);
      },
    });
  });
}

export function eventLogContract(name: string, makeLog: () => Promise<EventLogUnderTest>): void {
  describe(`${name} as a journal`, () => {
    let log: EventLogUnderTest;
    let prefix: string;
    let count = 0;
    beforeEach(async () => {
      prefix = `run${count++}`;
      log = await makeLog();
    });
    afterEach(() => log.close());

    const publish = (what: string) => log.publisher.publish(eventOf(what, `${prefix} ${what}`));

    it("events are published -> who follows from one of them gets it and those after it, whole and in order", async () => {
      const sequences = [await publish("a"), await publish("b"), await publish("c")];
      const events = await told(log.follower, { t: "sequence", sequence: sequences[1]! }, "c");
      expect(events.map(({ sequence }) => Number(sequence))).toEqual(sequences.slice(1));
      expect(events[0]).toEqual({ ...eventOf("b", `${prefix} b`), sequence: BigInt(sequences[1]!) });
    });

    it("many at once -> in the order of publishing", async () => {
      const names = Array.from({ length: 200 }, (_, i) => `e${i}`);
      const all = Promise.all(names.map(publish));
      const first = (await all)[0]!;
      const events = await told(log.follower, { t: "sequence", sequence: first }, "e199");
      expect(events.map(({ text }) => text)).toEqual(names);
    });

    it("from now -> what was before is not told", async () => {
      await publish("before");
      const following = told(log.follower, { t: "now" }, "marker");
      // A follower needs a moment to begin: events are published until one is told.
      let isTold = false;
      void following.then(() => (isTold = true));
      for (let i = 0; !isTold; i++) {
        await log.publisher.publish(eventOf("marker", `${prefix} marker ${i}`));
      }
      expect((await following).map(({ text }) => text)).toEqual(["marker"]);
    });

    it("from the start -> everything that is kept", async () => {
      await publish("first");
      await publish("second");
      const events = await told(log.follower, { t: "start" }, "second");
      expect(events.map(({ text }) => text).slice(-2)).toEqual(["first", "second"]);
    });

    it("only what is kept -> told to its end, and then that this was all", async () => {
      const sequence = await publish("a");
      await publish("b");
      expect((await kept(log.follower, { t: "sequence", sequence })).map(({ text }) => text)).toEqual(["a", "b"]);
      expect(await kept(log.follower, { t: "sequence", sequence: sequence + 2 })).toEqual([]);
      expect(await kept(log.follower, { t: "now" })).toEqual([]);
    });

    it("a reader takes his time -> one event after the other, none left out", async () => {
      const sequence = await publish("e0");
      for (let i = 1; i < 5; i++) await publish(`e${i}`);
      const seen: string[] = [];
      let goOn: () => void = () => {};
      const following = log.follower.follow(
        { t: "sequence", sequence },
        {
          event: ({ text }) => {
            seen.push(text);
            return new Promise((resolve) => {
              goOn = resolve;
            });
          },
        },
      );
      for (let count = 1; count <= 5; count++) {
        await until(() => seen.length >= count);
        expect(seen).toHaveLength(count);
        goOn();
      }
      following.unsubscribe();
      expect(seen).toEqual(["e0", "e1", "e2", "e3", "e4"]);
    });

    it("from a time -> what was stored since then", async () => {
      const sequence = await publish("a");
      const all = await kept(log.follower, { t: "time", sinceMs: Date.now() - 3_600_000 });
      expect(Number(all.at(-1)?.sequence)).toBe(sequence);
      expect(await kept(log.follower, { t: "time", sinceMs: Date.now() + 3_600_000 })).toEqual([]);
    });

    it("one is published twice -> kept once, with one number", async () => {
      const sequence = await publish("once");
      expect(await publish("once")).toBe(sequence);
      await publish("end");
      expect(await told(log.follower, { t: "sequence", sequence }, "end")).toHaveLength(2);
    });

    it("an event is too long -> limit-exceeded", async () => {
      const long = { ...eventOf("a", `${prefix} long`), text: "x".repeat(limits.eventSizeBytesMax) };
      await expect(log.publisher.publish(long)).rejects.toMatchObject({ code: "limit-exceeded" });
    });
  });
}
