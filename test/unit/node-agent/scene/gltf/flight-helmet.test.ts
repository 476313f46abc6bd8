// A real file that nobody here wrote. Skipped where the shared test inputs are absent.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sceneBounds } from "../../../../../node-agent/scene/bounds.ts";
import { readGltf } from "../../../../../node-agent/scene/gltf/read-gltf.ts";
import { withTangents } from "../../../../../node-agent/scene/gltf/tangents.ts";

const path = join(process.env.ARRAS_TEST_DATA ?? "../shared/data", "gltf/FlightHelmet/FlightHelmet.gltf");
const present = existsSync(path);
if (!present) process.stderr.write(`flight-helmet.test.ts is skipped: ${path} is absent; set ARRAS_TEST_DATA\n`);

describe.skipIf(!present)("FlightHelmet", () => {
  it("is read → six named objects with their triangles, materials and textures", async () => {
    const { scene, notices } = await readGltf(path);
    expect(notices).toEqual([]);
    expect(scene.objectNames).toEqual([
      "Hose_low",
      "RubberWood_low",
      "GlassPlastic_low",
      "MetalParts_low",
      "LeatherParts_low",
      "Lenses_low",
    ]);
    expect(scene.meshes.map(({ indices }) => indices.length / 3)).toEqual([19680, 24178, 8136, 20096, 21896, 736]);
    expect(scene.materials.map(({ name }) => name)).toEqual([
      "HoseMat",
      "RubberWoodMat",
      "GlassPlasticMat",
      "MetalPartsMat",
      "LeatherPartsMat",
      "LensesMat",
    ]);
    expect(scene.textures).toHaveLength(15);
    expect(scene.meshes.every((mesh) => mesh.tangents !== undefined && mesh.normals !== undefined)).toBe(true);
  });

  it("is read → the box that its accessors declare", async () => {
    const { scene } = await readGltf(path);
    const { min, max } = sceneBounds(scene);
    const hose = sceneBounds({ meshes: scene.meshes, instances: scene.instances.slice(0, 1) });
    for (const k of [0, 1, 2] as const) {
      expect(hose.min[k]).toBeCloseTo([-0.07221258, 0.104120225, -0.088394776][k]!, 6);
      expect(hose.max[k]).toBeCloseTo([0.10810829, 0.356580257, 0.190409869][k]!, 6);
      expect(min[k]).toBeLessThanOrEqual(hose.min[k]);
      expect(max[k]).toBeGreaterThanOrEqual(hose.max[k]);
    }
  });

  it("its tangents made anew → those that it brings, in direction and handedness", async () => {
    const { scene } = await readGltf(path);
    for (const { positions, normals, tangents, texcoords, indices } of scene.meshes) {
      const made = withTangents({ attributes: { positions, normals, texcoords }, indices }, 0);
      let agreeing = 0;
      for (let corner = 0; corner < indices.length; corner++) {
        const [a, b] = [indices[corner]! * 4, made.indices[corner]! * 4];
        const dotted = [0, 1, 2].reduce((sum, k) => sum + tangents![a + k]! * made.attributes.tangents![b + k]!, 0);
        if (dotted > 0.9 && tangents![a + 3] === made.attributes.tangents![b + 3]) agreeing++;
      }
      expect(agreeing / indices.length).toBeGreaterThan(0.97);
    }
  });
});
