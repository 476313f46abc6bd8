// Only a process that waits for its order has time to rehearse.
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { rehearseWhileWaiting } from "../../../host/rehearsal.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

const never = new Promise<unknown>(() => {});

it("no order comes -> it rehearses, in a folder that goes afterwards also where that fails", async () => {
  const clock = new FakeClock();
  const folder = await new Promise<string>((resolve) => {
    rehearseWhileWaiting(never, clock, async (given) => {
      expect(existsSync(given)).toBe(true);
      resolve(given);
      throw new Error("a failure that is no matter");
    });
    clock.advance(1_000);
  });
  await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(false);
});

it.each([
  ["an order", () => Promise.resolve("order")],
  ["the end of the input", () => Promise.reject(new Error("ended"))],
])("%s is there first -> it does not", async (_, come) => {
  const order = come();
  const clock = new FakeClock();
  let count = 0;
  rehearseWhileWaiting(order, clock, async () => {
    count += 1;
  });
  await order.catch(() => {});
  await Promise.resolve();
  clock.advance(1_000);
  expect(count).toBe(0);
});
