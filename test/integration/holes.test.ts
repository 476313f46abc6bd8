// Units that cannot be rendered: narrowed down, left out, told; and failures that end the frame.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { limits } from "../../proto/limits.ts";
import type { PixelRect } from "../../proto/rect.ts";
import { type Finished, fakeArgs, runCommand, testFolder } from "./run-command.ts";

const pixel = { x: 37, y: 21 };
const size = ["--size", "96x64"];

/** One small hole around the pixel, and every sample outside it. */
function expectHole({ json, exitCode, stderr }: Finished, spp: number): void {
  expect(exitCode).toBe(3);
  expect(json.outcome).toBe("holes");
  expect(json.holes).toHaveLength(1);
  const { x0, y0, x1, y1 } = json.holes[0] as PixelRect;
  expect(x0 <= pixel.x && pixel.x < x1 && y0 <= pixel.y && pixel.y < y1).toBe(true);
  expect(Math.max(x1 - x0, y1 - y0)).toBeLessThanOrEqual(limits.holeSidePxMin);
  const holeAreaPx = (x1 - x0) * (y1 - y0);
  expect(json.samples).toBe((96 * 64 - holeAreaPx) * spp);
  expect(stderr).toMatch(/Pixels \d+,\d+-\d+,\d+ get no samples from 0 on: /);
  expect(stderr).toMatch(/1 region could not be rendered to the end/);
}

describe("a unit that cannot be rendered", () => {
  it.each([
    ["a crash", { crashAt: pixel }, 1, 1],
    ["a crash with ranges to narrow down", { crashAt: pixel }, 16, 2],
    ["a failure of the renderer", { failAt: pixel }, 4, 2],
    ["planes of a wrong size", { wrongSizeAt: pixel }, 4, 1],
  ])("%s at one pixel → bisected, a small hole, all else rendered, exit 3", async (_, knobs, spp, count) => {
    const folder = await testFolder();
    const output = join(folder, "hole.png");
    const args = fakeArgs(knobs, ...size, "--spp", String(spp), "--num-mcrt", String(count), "-o", output);
    const finished = await runCommand(args);
    expectHole(finished, spp);
    expect(finished.json.outputs).toEqual([output]);
    expect((await readFile(output)).subarray(1, 4).toString()).toBe("PNG");
  });

  it("a crash in one sample only → its pixels keep the samples before it, and later ones that were on their way", async () => {
    const knobs = { crashAt: { ...pixel, sampleIndex: 5 } };
    const { json, exitCode, stderr } = await runCommand(fakeArgs(knobs, ...size, "--spp", "8"));
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/get no samples from 5 on/);
    const [{ x0, y0, x1, y1 }] = json.holes as [PixelRect];
    const missing = (96 * 64 * 8 - json.samples) / ((x1 - x0) * (y1 - y0));
    expect([1, 2, 3]).toContain(missing);
  });
});

describe("a frame that cannot be rendered", () => {
  it("the scene is refused by every computation → scene-broken, exit 2, no file", async () => {
    const output = join(await testFolder(), "x.png");
    const { json, exitCode, stderr } = await runCommand(fakeArgs({ failPrepare: true }, ...size, "-o", output));
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({ outcome: "failed", outputs: [], error: { code: "scene-broken" } });
    expect(stderr).toMatch(/^\[scene-broken\] The fake scene is broken/m);
    await expect(readFile(output)).rejects.toThrow(/ENOENT/);
  });

  it("more memory than the definition allows, less than twice as much → once more with that, and it says so", async () => {
    const knobs = { allocateBytes: 2_000_000_000 };
    const { json, exitCode, stderr } = await runCommand(fakeArgs(knobs, ...size));
    expect(exitCode).toBe(0);
    expect(json.computations[0]).toMatchObject({ restarts: 1 });
    expect(stderr).toMatch(
      /^warning: mcrt is started again, once, with 3072 MB on node local: mcrt on .* passed its memory limit of 1536 MB/m,
    );
  });
});
