// What the system costs beside the renderer alone, and what the path tracer's scene costs beside bare Embree.
import { join } from "node:path";
import { sessionSpec } from "../../cli/session-spec.ts";
import { readCommand } from "../../cli/settings.ts";
import { builtFile } from "../../host/built-file.ts";
import { renderNodeFlags } from "../../host/node-flags.ts";
import { packageRoot } from "../../host/package-root.ts";
import { loadScene } from "../../node-agent/mcrt/load-scene.ts";
import { samplingOf } from "../../node-agent/mcrt/render-request.ts";
import { addonInput } from "../../node-agent/renderers/embree/addon-input.ts";
import { loadEmbreeAddon } from "../../node-agent/renderers/embree/embree-addon.ts";
import { filmSpecFromMessage } from "../../proto/film-spec-message.ts";
import type { BenchRow } from "./bench-row.ts";
import { inTurns, type Turns } from "./in-turns.ts";
import { median } from "./percentile.ts";

const scene = ["deploy/demo/demo.glb", "--env", "deploy/demo/sky.hdr"];
const picture = ["--size", "640x384"];
const probeSpp = 16;

export async function run(): Promise<BenchRow[]> {
  return [...(await rayRows()), ...(await systemRows())];
}

/** Both are measured in one process, the same rays through the same tree. */
async function rayRows(): Promise<BenchRow[]> {
  const root = packageRoot();
  const command = readCommand([join(root, scene[0]!), "--env", join(root, scene[2]!), "--size", "1280x720", "--json"]);
  if (command.t !== "render") throw new Error("not a render");
  const spec = sessionSpec(command.settings, { json: "", path: "" });
  const film = filmSpecFromMessage(spec.film);
  const { scene: described, camera } = await loadScene(spec.render!, film);
  const sampling = samplingOf(spec.render!);
  const addon = loadEmbreeAddon();
  const { handle } = await addon.prepare(addonInput({ scene: described, camera, film, sampling, threadCount: 1 }));
  const ratio = (isDiffuse: boolean) => {
    const { sceneSeconds, bareSeconds } = addon.benchRays(handle, isDiffuse);
    return bareSeconds / sceneSeconds;
  };
  const best = (isDiffuse: boolean) => median([1, 2, 3, 4, 5].map(() => ratio(isDiffuse)));
  const row = (name: string, value: number): BenchRow => ({ name, value, unit: "×", goal: 0.9, higherIsBetter: true });
  return [
    row("primary rays per second ÷ a bare Embree loop", best(false)),
    row("diffuse rays per second ÷ a bare Embree loop", best(true)),
  ];
}

/** Whole processes: start, scene and all, in turns with each other. */
async function systemRows(): Promise<BenchRow[]> {
  const root = packageRoot();
  const alone = (spp: number) => [
    ...renderNodeFlags,
    builtFile("test/bench/renderer-alone-main.js"),
    "2",
    ...scene,
    ...picture,
    "--spp",
    String(spp),
  ];
  const system = (spp: number) => [
    ...renderNodeFlags,
    join(root, "bin/arras-render.js"),
    ...[...scene, ...picture, "--spp", String(spp), "--num-mcrt", "2", "--num-cores", "1", "--json", "--quiet"],
  ];
  const [probe] = await inTurns(alone(probeSpp), ["-e", "0"]);
  const rows: BenchRow[] = [];
  // A round of a minute differs from the next by 1 %, on a loaded machine by more: the goal's row takes more of them.
  for (const { seconds, goal, roundCount } of [
    { seconds: 10, goal: null, roundCount: 3 },
    { seconds: 60, goal: 1.02, roundCount: 5 },
  ]) {
    const spp = Math.max(1, Math.round((probeSpp * seconds * 1000) / renderMsOf(probe)));
    const ratios: number[] = [];
    for (let round = 0; round < roundCount; round++) {
      const [one, two] = await inTurns(alone(spp), system(spp));
      ratios.push(two.activeMs / one.activeMs);
    }
    const name = `wall time of --num-mcrt 2 --num-cores 1 ÷ the renderer alone on 2 threads, ${seconds} s`;
    rows.push({ name, value: median(ratios), unit: "×", goal, higherIsBetter: false });
  }
  return rows;
}

function renderMsOf({ lastLine }: Turns): number {
  return (JSON.parse(lastLine) as { renderMs: number }).renderMs;
}
