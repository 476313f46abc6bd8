// What an mcrt that waits does once with itself comes to its end: every unit is rendered, sent and acknowledged.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { rehearseMcrt } from "../../../../node-agent/mcrt/rehearsal.ts";

it("a small film -> all of its units are done, and nothing is left behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arras-rehearsal-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  expect(await rehearseMcrt(folder)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});
