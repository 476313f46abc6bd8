// What is under a pixel, and how much each light gives there: against what can be computed by hand.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbreeRenderer } from "../../../../../node-agent/renderers/embree/embree-renderer.ts";
import type { SceneDescription, Vector3 } from "../../../../../node-agent/scene/description.ts";
import { camera, diffuse, film, planeValues, quad, request, scene, uniformEnvironment } from "./scenes.ts";

/** A floor at y = 0 that the camera looks down on, under a lamp 2 m above, a sun from straight above, an even sky. */
const floor = quad([-5, 0, 5], [10, 0, 0], [0, 0, -10], { name: "floor" });
const panel = quad([-0.1, 3, -0.1], [0.2, 0, 0], [0, 0, 0.2], { name: "panel", materialIndex: 1 });
const room: SceneDescription = scene({
  meshes: [floor, panel],
  materials: [diffuse([0.5, 0.5, 0.5]), diffuse([0, 0, 0], { emissive: [10, 0, 0] })],
  lights: [
    { t: "point", name: "lamp", position: [0, 2, 0], intensity: [4, 8, 12] },
    { t: "directional", name: "sun", direction: [0, -1, 0], irradiance: [0, 0, 3], angularRadiusRad: 0 },
  ],
  environment: uniformEnvironment(0.25),
});
/** At (0, 1, 0), looking down; right is +X. */
const down = camera([0, 1, 0], { cameraToWorld: [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 1, 0, 1] });
const spec = film(33, 33, ["depth", "id"]);

describe("what is under a pixel", () => {
  const renderer = new EmbreeRenderer();
  const irradiance = async (x: number, y: number) => {
    const picked = await renderer.pick(x, y);
    return new Map(picked?.lights.map(({ t, index, irradiance }) => [`${t} ${index}`, irradiance]));
  };
  beforeAll(() => renderer.prepare(request({ scene: room, camera: down, film: spec })));
  afterAll(() => renderer.close());

  it("object, material, depth, position and normal -> where the ray through the pixel's middle ends", async () => {
    const picked = await renderer.pick(16, 16);
    expect(picked).toMatchObject({ objectId: 1, materialIndex: 0 });
    expect(picked?.depth).toBeCloseTo(1, 5);
    for (const [k, value] of [0, 0, 0].entries()) expect(picked?.position[k]).toBeCloseTo(value, 5);
    for (const [k, value] of [0, 1, 0].entries()) expect(picked?.normal[k]).toBeCloseTo(value, 5);
    const rect = { x0: 16, y0: 16, x1: 17, y1: 17 };
    const unit = { rect, sampleBegin: 0, sampleEnd: 1, stridePx: 1 };
    const { planes } = await renderer.render(unit, new AbortController().signal);
    expect(planeValues(planes.at(-1)!, 1)[0]).toBe(1);
  });

  it("a lamp 2 m above gives a quarter of its intensity, a sun its irradiance, an even sky π times its radiance", async () => {
    const lights = await irradiance(16, 16);
    for (const [k, value] of [1, 2, 3].entries()) expect(lights.get("point 0")?.[k]).toBeCloseTo(value, 4);
    expect(lights.get("directional 0")?.[2]).toBeUndefined();
    // The panel is between the sky's top and the floor: a hundredth of it.
    expect(lights.get("environment 0")?.[0]).toBeGreaterThan(0.93 * Math.PI * 0.25);
    expect(lights.get("environment 0")?.[0]).toBeLessThan(1.07 * Math.PI * 0.25);
  });

  it("a panel of 4 dm² 3 m above gives its radiance times its solid angle", async () => {
    const red = (await irradiance(16, 16)).get("emitter 1")?.[0] ?? 0;
    expect(red).toBeGreaterThan(0.95 * 10 * (0.04 / 9));
    expect(red).toBeLessThan(1.05 * 10 * (0.04 / 9));
  });

  it("an object is hidden and a light is off -> neither is picked, nor in the way", async () => {
    const off: Vector3 = [0, 0, 0];
    const lights = room.lights.map((light) => (light.t === "point" ? { ...light, intensity: off } : light));
    await renderer.update({ camera: down, lights, materials: [], hiddenObjectIds: [2] });
    const left = await irradiance(16, 16);
    expect([...left.keys()].sort()).toEqual(["directional 0", "environment 0"]);
    expect(left.get("directional 0")?.[2]).toBeCloseTo(3, 5);
    await renderer.update({ camera: down, materials: [], hiddenObjectIds: [1, 2] });
    expect(await renderer.pick(16, 16)).toBeUndefined();
  });
});
