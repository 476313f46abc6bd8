// Only a process that waits for its order has time to rehearse.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
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
  await expect.poll(() => existsSync(folder)).toBe(false);
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

it("a process was killed while it rehearsed -> the next one removes its folder, and none of those that live", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const [left, alive] = [pid, process.pid].map((each) => join(tmpdir(), `arras-rehearsal-${each}-test`)) as [
    string,
    string,
  ];
  onTestFinished(() => rmSync(alive, { recursive: true, force: true }));
  for (const folder of [left, alive]) mkdirSync(folder);
  const clock = new FakeClock();
  await new Promise<void>((resolve) => {
    rehearseWhileWaiting(never, clock, async () => resolve());
    clock.advance(1_000);
  });
  expect([left, alive].map((folder) => existsSync(folder))).toEqual([false, true]);
});
