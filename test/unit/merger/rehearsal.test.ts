// What a merger that waits does once with itself comes to its end, with the whole of what it is to make quick later.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { rehearseFilm } from "../../../merger/rehearsal.ts";
import { FakeDenoiser } from "../../fakes/fake-denoiser.ts";

it("a small film -> every tile is taken and shown, and nothing is left behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arras-rehearsal-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  expect(await rehearseFilm(folder, new FakeDenoiser())).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});
