// What every journal of events must keep.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventLog, FarmEvent, FollowFrom, NumberedEvent } from "../../host/nats/event-log.ts";
import { limits } from "../../proto/limits.ts";

export interface EventLogUnderTest {
  readonly publisher: EventLog;
  readonly follower: EventLog;
  close(): Promise<void>;
}

export function eventOf(what: string, id: string): FarmEvent {
  return {
    id,
    atMs: 1_700_000_000_000,
    about: { t: "session", id: "s 1" },
    what,
    text: `It was ${what}.`,
    details: { spp: 4 },
  };
}

/** Resolves with what is told up to the event `last`. */
export function told(log: EventLog, from: FollowFrom, last: string): Promise<NumberedEvent[]> {
  return new Promise((resolve) => {
    const events: NumberedEvent[] = [];
    const following = log.follow(from, (event) => {
      events.push(event);
      if (event.what !== last) return;
      following.unsubscribe();
      resolve(events);
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
      expect(events.map(({ sequence }) => sequence)).toEqual(sequences.slice(1));
      expect(events[0]).toEqual({ ...eventOf("b", `${prefix} b`), sequence: sequences[1] });
    });

    it("many at once -> in the order of publishing", async () => {
      const names = Array.from({ length: 200 }, (_, i) => `e${i}`);
      const all = Promise.all(names.map(publish));
      const first = (await all)[0]!;
      const events = await told(log.follower, { t: "sequence", sequence: first }, "e199");
      expect(events.map(({ what }) => what)).toEqual(names);
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
      expect((await following).map(({ what }) => what)).toEqual(["marker"]);
    });

    it("from the start -> everything that is kept", async () => {
      await publish("first");
      await publish("second");
      const events = await told(log.follower, { t: "start" }, "second");
      expect(events.map(({ what }) => what).slice(-2)).toEqual(["first", "second"]);
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
