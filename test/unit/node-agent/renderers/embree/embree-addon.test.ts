// The addon as it is loaded: who it says it is, and its own cancellation, without the adapter's.
import { describe, expect, it } from "vitest";
import { addonInput } from "../../../../../node-agent/renderers/embree/addon-input.ts";
import { loadEmbreeAddon } from "../../../../../node-agent/renderers/embree/embree-addon.ts";
import { film, request, scene, sphere, uniformEnvironment, wholeFilm } from "./scenes.ts";

const addon = loadEmbreeAddon();
const prepare = request({
  scene: scene({ meshes: [sphere(1, 32)], environment: uniformEnvironment(1) }),
  film: film(64, 64),
});
const unit = { rect: wholeFilm(prepare.film), sampleBegin: 0, sampleEnd: prepare.film.maxSpp, stridePx: 1 };

describe("the Embree addon", () => {
  it("names Embree's version and the pinned instruction set", () => {
    const { version, instructionSet } = addon.identity();
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(instructionSet).toMatch(new RegExp(`^embree-${version}-((avx2|avx|sse4\\.2|sse2)-rcp[0-9a-f]{8}|neon)$`));
  });

  it("ends a cancelled unit by itself, long before its samples are done", async () => {
    const { handle } = await addon.prepare(addonInput(prepare));
    const rendering = addon.render(handle, unit);
    setImmediate(() => rendering.cancel());
    // 2²⁸ samples would take minutes: that this settles at all shows that the thread has stopped.
    await expect(rendering.finished).rejects.toMatchObject({ code: "cancelled" });
    addon.close(handle);
  });

  it("refuses a closed scene", async () => {
    const { handle } = await addon.prepare(addonInput(prepare));
    addon.close(handle);
    expect(() => addon.render(handle, unit)).toThrow(/closed/);
  });

  it("finds the same hits for a benchmark's rays with and without our own shading data", async () => {
    const { handle } = await addon.prepare(addonInput(prepare));
    const bench = addon.benchRays(handle, false);
    expect(bench.rayCount).toBe(64 * 64);
    expect(bench.hitCount).toBeGreaterThan(100);
    expect(addon.benchRays(handle, true).rayCount).toBe(bench.hitCount);
    addon.close(handle);
  });
});
