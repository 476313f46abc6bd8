// A camera that follows a path while it is rendered, in real processes: noted down on its way, and at its end the film of a
// render that began there.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cameraPathFromText, pathSeconds } from "../../cli/camera-path.ts";
import { packageRoot } from "../../host/package-root.ts";
import { runCommand, testFolder } from "./run-command.ts";

const demo = join(packageRoot(), "deploy/demo/demo.glb");
const picture = [demo, "--size", "96x54", "--spp", "300", "--json"];
const path = {
  arrasCameraPath: 1,
  cameras: [
    { at: 0, lookFrom: [0.4, 0.5, 1.2], lookAt: [0, 0.1, 0] },
    { at: 0.5, lookFrom: [-0.4, 0.5, 1.2], lookAt: [0, 0.1, 0] },
  ],
};

describe("a camera's path", () => {
  it("replayed and recorded -> the last camera's film, and the way that it took", async () => {
    const folder = await testFolder();
    const [given, recorded] = [join(folder, "path.json"), join(folder, "recorded.json")];
    await writeFile(given, JSON.stringify(path));
    const { json, exitCode, stderr } = await runCommand([...picture, "--replay", given, "--record", recorded]);
    expect([exitCode, json.outcome], stderr).toEqual([0, "finished"]);
    expect(stderr).toContain(`wrote ${recorded}`);
    const still = await runCommand([...picture, "--look-from", "-0.4,0.5,1.2", "--look-at", "0,0.1,0"]);
    expect(still.json.filmSha256).toBe(json.filmSha256);
    const way = cameraPathFromText(await readFile(recorded, "utf8"), recorded);
    expect(way.length).toBeGreaterThan(1);
    expect(way.at(-1)?.camera.lookFrom).toEqual([-0.4, 0.5, 1.2]);
    expect(pathSeconds(way)).toBeGreaterThan(0);
  });

  it("a file that is none, one that is not there -> refused before anything renders", async () => {
    const folder = await testFolder();
    const broken = join(folder, "broken.json");
    await writeFile(broken, JSON.stringify({ ...path, cameras: [{ at: 0, lookFrom: [1, 2] }] }));
    for (const file of [broken, join(folder, "none.json")]) {
      const { exitCode, stderr } = await runCommand([...picture, "--replay", file]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^\[usage\] .*(broken\.json is no camera path|none\.json cannot be read)/s);
    }
  });
});
