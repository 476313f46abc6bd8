// What every bus must keep, whatever carries it. A test file calls busContract for each kind. Nothing here relies on
// more than the interface promises: delivery to those who listen, order per subject and publisher.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bus, Subscription } from "../../host/bus.ts";

export interface BusUnderTest {
  /** Two connections to the same bus; the same object where there is only one. */
  readonly publisher: Bus;
  readonly subscriber: Bus;
  /** Resolves when subscriptions made so far are in force everywhere. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for any bus of a test; only failures wait for it. */
const timeoutMs = 60_000;
/** For answers that never come. */
const shortTimeoutMs = 20;

export function busContract(name: string, makeBus: () => Promise<BusUnderTest>): void {
  describe(`${name} as a bus`, () => {
    let bus: BusUnderTest;
    beforeEach(async () => {
      bus = await makeBus();
    });
    afterEach(() => bus.close());

    /** Listens on `subject` and on one that `received` waits for, so that no time has to pass. */
    function listen(subject: string): { texts: string[]; subscription: Subscription } {
      const texts: string[] = [];
      const subscription = bus.subscriber.subscribe(subject, (message, from) => {
        texts.push(`${from} ${textOf(message)}`);
      });
      return { texts, subscription };
    }

    /** All that was published before has been delivered when this resolves. */
    async function delivered(): Promise<void> {
      let resolve: () => void = () => {};
      const came = new Promise<void>((settle) => {
        resolve = settle;
      });
      const subscription = bus.subscriber.subscribe("contract.sentinel", () => resolve());
      await bus.ready();
      bus.publisher.publish("contract.sentinel", bytesOf(""));
      await came;
      subscription.unsubscribe();
    }

    it("a message is published -> everyone who listens on its subject gets it, nobody else", async () => {
      const [first, second, other] = [listen("a.b"), listen("a.b"), listen("a.c")];
      await bus.ready();
      bus.publisher.publish("a.b", bytesOf("hello"));
      await delivered();
      expect([first.texts, second.texts, other.texts]).toEqual([["a.b hello"], ["a.b hello"], []]);
    });

    it("many messages on one subject -> in the order in which they were published", async () => {
      const { texts } = listen("a.b");
      await bus.ready();
      for (let count = 0; count < 100; count++) bus.publisher.publish("a.b", bytesOf(String(count)));
      await delivered();
      expect(texts).toEqual(Array.from({ length: 100 }, (_, count) => `a.b ${count}`));
    });

    it("publish returns -> no listener has run yet", async () => {
      const { texts } = listen("a");
      await bus.ready();
      bus.publisher.publish("a", bytesOf("1"));
      expect(texts).toEqual([]);
      await delivered();
      expect(texts).toEqual(["a 1"]);
    });

    it("the publisher changes its bytes afterwards -> what was published arrives", async () => {
      const { texts } = listen("a");
      await bus.ready();
      const bytes = bytesOf("before");
      bus.publisher.publish("a", bytes);
      bytes.fill(0);
      await delivered();
      expect(texts).toEqual(["a before"]);
    });

    it("a subject that ends in > -> matches one or more tokens there, not none, not part of a token", async () => {
      const { texts } = listen("a.b.>");
      await bus.ready();
      for (const subject of ["a.b.c", "a.b", "a.b.c.d", "a.bc", "a.bc.d", "x.a.b.c"]) {
        bus.publisher.publish(subject, bytesOf("m"));
      }
      await delivered();
      expect(texts).toEqual(["a.b.c m", "a.b.c.d m"]);
    });

    it("a listener unsubscribes -> it gets nothing more, the others do; twice does no harm", async () => {
      const [first, second] = [listen("a"), listen("a")];
      await bus.ready();
      bus.publisher.publish("a", bytesOf("1"));
      await delivered();
      first.subscription.unsubscribe();
      first.subscription.unsubscribe();
      await bus.ready();
      bus.publisher.publish("a", bytesOf("2"));
      await delivered();
      expect([first.texts, second.texts]).toEqual([["a 1"], ["a 1", "a 2"]]);
    });

    it("one function subscribes twice -> it is called twice, and once after one unsubscribes", async () => {
      const texts: string[] = [];
      const listener = (message: Uint8Array) => void texts.push(textOf(message));
      const first = bus.subscriber.subscribe("a", listener);
      bus.subscriber.subscribe("a", listener);
      await bus.ready();
      bus.publisher.publish("a", bytesOf("1"));
      await delivered();
      first.unsubscribe();
      await bus.ready();
      bus.publisher.publish("a", bytesOf("2"));
      await delivered();
      expect(texts).toEqual(["1", "1", "2"]);
    });

    it("nobody listens -> nothing happens", async () => {
      bus.publisher.publish("nobody", bytesOf("m"));
      await delivered();
    });

    it("an empty message and one of 512 KiB -> arrive whole", async () => {
      const sizes: number[] = [];
      bus.subscriber.subscribe("a", (message) => void sizes.push(message.length));
      await bus.ready();
      bus.publisher.publish("a", new Uint8Array(0));
      bus.publisher.publish("a", new Uint8Array(512 * 1024));
      await delivered();
      expect(sizes).toEqual([0, 512 * 1024]);
    });

    it("a request -> the responder's answer; several at once -> each its own", async () => {
      bus.subscriber.reply("double", async (message) => bytesOf(textOf(message).repeat(2)));
      await bus.ready();
      const answers = ["a", "b", "c"].map((text) => bus.publisher.request("double", bytesOf(text), timeoutMs));
      expect((await Promise.all(answers)).map(textOf)).toEqual(["aa", "bb", "cc"]);
    });

    it("answers come in another order than requests -> each goes to its own request", async () => {
      const waiting: (() => void)[] = [];
      bus.subscriber.reply("echo", (message) => {
        const answer = message.slice();
        return new Promise((resolve) => {
          waiting.push(() => resolve(answer));
          if (waiting.length === 2) for (const answerOne of waiting.slice().reverse()) answerOne();
        });
      });
      await bus.ready();
      const answers = ["1", "2"].map((text) => bus.publisher.request("echo", bytesOf(text), timeoutMs));
      expect((await Promise.all(answers)).map(textOf)).toEqual(["1", "2"]);
    });

    it("nobody answers on the subject -> unavailable, at once", async () => {
      await expect(bus.publisher.request("nobody", bytesOf(""), timeoutMs)).rejects.toMatchObject({
        code: "unavailable",
      });
    });

    it("the responder is gone -> unavailable; another takes its place -> it answers", async () => {
      const first = bus.subscriber.reply("who", async () => bytesOf("first"));
      await bus.ready();
      first.unsubscribe();
      await bus.ready();
      await expect(bus.publisher.request("who", bytesOf(""), timeoutMs)).rejects.toMatchObject({ code: "unavailable" });
      bus.subscriber.reply("who", async () => bytesOf("second"));
      first.unsubscribe();
      await bus.ready();
      expect(textOf(await bus.publisher.request("who", bytesOf(""), timeoutMs))).toBe("second");
    });

    it("no answer in time -> timed-out, and the late one harms nobody", async () => {
      let answerLate: (answer: Uint8Array) => void = () => {};
      bus.subscriber.reply(
        "slow",
        () =>
          new Promise((resolve) => {
            answerLate = resolve;
          }),
      );
      await bus.ready();
      await expect(bus.publisher.request("slow", bytesOf(""), shortTimeoutMs)).rejects.toMatchObject({
        code: "timed-out",
      });
      answerLate(bytesOf("late"));
      await delivered();
    });
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
