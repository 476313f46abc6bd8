// The renderer without the system: one process, N threads, tile after tile in units of 32 samples a pixel, so that all
// threads end together. Says on standard output how long it took; render.bench.ts compares the system with it.

import { sessionSpec } from "../../cli/session-spec.ts";
import { readCommand } from "../../cli/settings.ts";
import { loadScene } from "../../node-agent/mcrt/load-scene.ts";
import { samplingOf } from "../../node-agent/mcrt/render-request.ts";
import { EmbreeRenderer } from "../../node-agent/renderers/embree/embree-renderer.ts";
import { filmSpecFromMessage } from "../../proto/film-spec-message.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";

const threadCount = Number(process.argv[2]);
const command = readCommand([...process.argv.slice(3), "--json"]);
if (command.t !== "render") throw new Error("give a thread count and the arguments of arras-render");
const { settings } = command;
const spec = sessionSpec(settings, { json: "", path: "" });
const film = filmSpecFromMessage(spec.film);
const render = spec.render!;

async function main(): Promise<void> {
  const renderer = new EmbreeRenderer();
  const { scene, camera } = await loadScene(render, film);
  await renderer.prepare({ scene, camera, film, sampling: samplingOf(render), threadCount });
  const startedMs = performance.now();
  const tiling = tilingOf(film.cropWindow, film.tileSizePx);
  const unitSpp = 32;
  const passCount = Math.ceil(settings.spp / unitSpp);
  const { signal } = new AbortController();
  let next = 0;
  async function thread(): Promise<void> {
    while (next < tiling.tileCount * passCount) {
      const rect = tileRect(tiling, Math.floor(next / passCount));
      const sampleBegin = (next++ % passCount) * unitSpp;
      const sampleEnd = Math.min(sampleBegin + unitSpp, settings.spp);
      await renderer.render({ rect, sampleBegin, sampleEnd, stridePx: 1 }, signal);
    }
  }
  await Promise.all(Array.from({ length: threadCount }, thread));
  process.stdout.write(`${JSON.stringify({ renderMs: performance.now() - startedMs })}\n`);
  await renderer.close();
}

void main();
