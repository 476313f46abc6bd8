// The renderer without the system: one process, N threads, every tile with all its samples in one unit. Says on
// standard output how long it took; render.bench.ts compares the system with it.

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
const renderer = new EmbreeRenderer();
const { scene, camera } = await loadScene(render, film);
await renderer.prepare({ scene, camera, film, sampling: samplingOf(render), threadCount });
const startedMs = performance.now();
const tiling = tilingOf(film.cropWindow, film.tileSizePx);
const { signal } = new AbortController();
let next = 0;
async function thread(): Promise<void> {
  while (next < tiling.tileCount) {
    const rect = tileRect(tiling, next++);
    await renderer.render({ rect, sampleBegin: 0, sampleEnd: settings.spp, stridePx: 1 }, signal);
  }
}
await Promise.all(Array.from({ length: threadCount }, thread));
process.stdout.write(`${JSON.stringify({ renderMs: performance.now() - startedMs })}\n`);
await renderer.close();
