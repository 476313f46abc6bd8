import { expect, it } from "vitest";
import { settledWithin } from "../../../coordinator/settled-within.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

it.each([
  ["done", () => Promise.resolve()],
  ["failed", () => Promise.reject(new Error("broken"))],
])("what is waited for is %s -> at once, and no timer stays", async (_, begin) => {
  const clock = new FakeClock();
  expect(await settledWithin(clock, begin(), 1000)).toBe(true);
  expect(clock.timerCount).toBe(0);
});

it("it takes longer -> not waited for any more", async () => {
  const clock = new FakeClock();
  const waited = settledWithin(clock, new Promise(() => {}), 1000);
  clock.advance(1000);
  expect(await waited).toBe(false);
});
