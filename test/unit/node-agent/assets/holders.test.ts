// Who is alive and who is dead, as those who share a cache see it.
import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Holders } from "../../../../node-agent/assets/holders.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { cacheFolder } from "./cache-folder.ts";

async function two() {
  const folder = await cacheFolder();
  const clock = new FakeClock();
  const [a, b] = [new Holders(folder, "a", clock), new Holders(folder, "b", clock)];
  await a.open();
  await b.open();
  return { folder, clock, a, b };
}

/** As the other would, a while later; file systems count time more coarsely than tests run. */
const signOf = (folder: string, name: string, seconds: number) => utimes(join(folder, name, "alive"), seconds, seconds);

it("the other signs now and then -> never taken for dead", async () => {
  const { folder, clock, a, b } = await two();
  for (let i = 1; i <= 20; i++) {
    expect(await a.releaseDead()).toBe(false);
    clock.advance(limits.cacheHolderTouchMs);
    await signOf(folder, "b", i);
  }
  expect(await b.sign()).toBe(true);
  expect(await readdir(folder)).toEqual(["a", "b"]);
});

it("the other says nothing for too long -> what it held is let go; not a moment sooner, and not by the wall clock", async () => {
  const { folder, clock, a, b } = await two();
  await writeFile(join(b.ownFolder, "held"), "");
  await signOf(folder, "b", 1);
  expect(await a.releaseDead()).toBe(false);
  clock.advance(limits.cacheHolderSilenceMsMax - 1);
  expect(await a.releaseDead()).toBe(false);
  clock.advance(1);
  expect(await a.releaseDead()).toBe(true);
  expect(await readdir(folder)).toEqual(["a"]);
  expect(await a.releaseDead()).toBe(false);
  expect(await b.sign()).toBe(false);
});

it("it comes back after that -> signs again once it has a folder", async () => {
  const { a, b } = await two();
  await rm(b.ownFolder, { recursive: true });
  expect(await b.sign()).toBe(false);
  await b.open();
  expect(await b.sign()).toBe(true);
  expect(await a.releaseDead()).toBe(false);
});

it("one died before it could sign at all -> let go like any other", async () => {
  const { folder, clock, a, b } = await two();
  await mkdir(join(folder, "c"));
  await a.releaseDead();
  clock.advance(limits.cacheHolderSilenceMsMax);
  await signOf(folder, "b", 5);
  expect(await a.releaseDead()).toBe(true);
  expect(await readdir(folder)).toEqual(["a", "b"]);
  await b.close();
  expect(await readdir(folder)).toEqual(["a"]);
});
