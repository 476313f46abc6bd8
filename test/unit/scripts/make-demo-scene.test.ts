// The committed demo scene is what `make demo` shows first: it must read without a remark and stay small.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../../host/package-root.ts";
import { readScene } from "../../../node-agent/scene/read-scene.ts";
import { skyFile } from "../../../scripts/demo-scene/sky.ts";

const folder = join(packageRoot(), "deploy/demo");

it("the demo scene with its sky → read without notices, with camera, lamp and every kind of material", async () => {
  const { scene, camera, notices } = await readScene({
    path: join(folder, "demo.glb"),
    environmentPath: join(folder, "sky.hdr"),
    environmentRotationRad: 0,
    filmAspectRatio: 16 / 9,
  });
  expect(notices).toEqual([]);
  expect(camera.name).toBe("camera");
  expect(scene.objectNames).toContain("vase");
  const has = (property: "clearcoat" | "transmission" | "metallic") =>
    scene.materials.some((material) => material[property] > 0);
  expect([has("clearcoat"), has("transmission"), has("metallic")]).toEqual([true, true, true]);
  expect(scene.materials.some(({ sheenColor }) => sheenColor[0] > 0)).toBe(true);
  expect(scene.materials.some(({ emissive }) => emissive[0] > 1)).toBe(true);
});

it("the demo files → below 1.6 MB, and the sky is what the script computes", async () => {
  const glb = await readFile(join(folder, "demo.glb"));
  expect(glb.length).toBeLessThan(1.6e6);
  expect(Buffer.from(skyFile()).equals(await readFile(join(folder, "sky.hdr")))).toBe(true);
});
