// A node that is to leave: until when, and when it has left.
import { beforeEach, expect, it } from "vitest";
import { Leaving } from "../../../node-agent/leaving.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";

let clock: FakeClock;
let leaving: Leaving;
let told: string[];

const begin = (deadlineMs: number) =>
  leaving.begin({ reason: "a notice", deadlineMs }, () => void told.push(`due after ${deadlineMs}`));

beforeEach(() => {
  clock = new FakeClock();
  leaving = new Leaving(clock);
  told = [];
  void leaving.left.then(() => told.push("left"));
});

it("it stays -> there is no time left to tell, and empty is nothing special", async () => {
  leaving.empty();
  await settled();
  expect([leaving.isBegun, leaving.leftMs, told]).toEqual([false, 0, []]);
});

it("it is to leave -> due at its deadline, with the time left until then", () => {
  expect(begin(1_000)).toBe(true);
  clock.advance(999);
  expect([leaving.isBegun, leaving.leftMs, told]).toEqual([true, 1, []]);
  clock.advance(1);
  expect([leaving.leftMs, told]).toEqual([0, ["due after 1000"]]);
});

it("it is wished again -> the earliest deadline counts", () => {
  begin(1_000);
  expect([begin(2_000), begin(500)]).toEqual([false, true]);
  clock.advance(10_000);
  expect(told).toEqual(["due after 500"]);
});

it("nothing runs there any more -> it has left, and is not due", async () => {
  begin(1_000);
  leaving.empty();
  await settled();
  clock.advance(10_000);
  expect(told).toEqual(["left"]);
});
