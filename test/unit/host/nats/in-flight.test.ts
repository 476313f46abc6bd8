// Bounded promises under way.
import { describe, expect, it } from "vitest";
import { InFlight, inOrder } from "../../../../host/nats/in-flight.ts";
import { settled } from "../../../fakes/settled.ts";

describe("operations under way", () => {
  it("more are started than may be -> the rest wait", async () => {
    const inFlight = new InFlight(2);
    const ends: (() => void)[] = [];
    const started: number[] = [];
    const all = (async () => {
      for (let i = 0; i < 4; i++) {
        await inFlight.start(() => {
          started.push(i);
          return new Promise((resolve) => ends.push(resolve));
        });
      }
      await inFlight.ended();
    })();
    await settled();
    expect(started).toEqual([0, 1]);
    ends[1]!();
    await settled();
    expect(started).toEqual([0, 1, 2]);
    for (let i = 0; i < 4; i++) {
      ends[i]?.();
      await settled();
    }
    await all;
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it("one fails -> the next start and the end say so, after the others have ended", async () => {
    const inFlight = new InFlight(2);
    await inFlight.start(() => Promise.reject(new Error("first")));
    await settled();
    await expect(inFlight.start(async () => {})).rejects.toThrow("first");
    await expect(inFlight.ended()).rejects.toThrow("first");
  });

  it("answers come in another order -> given in order, and never more asked ahead than allowed", async () => {
    let asked = 0;
    let given = 0;
    let most = 0;
    const items: number[] = [];
    const source = inOrder(20, 4, async (index) => {
      asked++;
      most = Math.max(most, asked - given);
      if (index % 3 === 0) await settled();
      return index;
    });
    for await (const item of source) {
      given++;
      items.push(item);
    }
    expect(items).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most).toBeLessThanOrEqual(5);
  });

  it("a fetch fails after the reader stopped -> nobody is disturbed", async () => {
    const source = inOrder(3, 3, async (index) => {
      if (index > 0) throw new Error("late");
      return index;
    });
    for await (const _ of source) break;
    await settled();
  });
});
