// Light through the whole renderer against what physics says: no lobe makes or loses energy, irradiance equals its
// closed form, and the sampling strategies agree.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbreeRenderer } from "../../../../../node-agent/renderers/embree/embree-renderer.ts";
import type { SamplingSettings } from "../../../../../node-agent/renderers/renderer.ts";
import type { Material, SceneDescription, Vector3 } from "../../../../../node-agent/scene/description.ts";
import {
  camera,
  diffuse,
  film,
  identity,
  material,
  mean,
  picture,
  quad,
  request,
  scene,
  sphere,
  uniformEnvironment,
} from "./scenes.ts";

let renderer: EmbreeRenderer;
beforeAll(() => {
  renderer = new EmbreeRenderer();
});
afterAll(() => renderer.close());

const narrow = (verticalFovRad: number) => ({ projection: { t: "perspective", verticalFovRad } as const });

describe("white furnace: a sphere of albedo 1 in an environment of 1 is invisible, within 0.1 %", () => {
  const lobes: [string, Partial<Material>][] = [
    ["diffuse", { specular: 0, ior: 1 }],
    ["smooth metal", { metallic: 1, roughness: 0 }],
    ["rough metal, 0.3", { metallic: 1, roughness: 0.3 }],
    ["rough metal, 1", { metallic: 1, roughness: 1 }],
    ["rough dielectric over diffuse, 0.4", { roughness: 0.4 }],
    ["smooth dielectric over diffuse", { roughness: 0 }],
    ["thin transmission", { transmission: 1, roughness: 0.3 }],
    ["thin smooth transmission", { transmission: 1, roughness: 0 }],
    ["half transmission", { transmission: 0.5, roughness: 0.5 }],
    ["clearcoat over diffuse", { clearcoat: 1, clearcoatRoughness: 0.2, specular: 0, ior: 1 }],
    ["clearcoat over rough metal", { clearcoat: 1, clearcoatRoughness: 0.1, metallic: 1, roughness: 0.5 }],
    ["clearcoat over rough dielectric", { clearcoat: 1, clearcoatRoughness: 0.3, roughness: 0.5 }],
    ["clearcoat over thin transmission", { clearcoat: 1, clearcoatRoughness: 0, transmission: 1, roughness: 0.2 }],
  ];

  it.each(lobes)("%s", async (_, fields) => {
    const furnace = scene({
      meshes: [sphere(1, 128)],
      materials: [material(fields)],
      environment: uniformEnvironment(1),
    });
    const found = await picture(
      renderer,
      request({
        scene: furnace,
        camera: camera([0, 0, 8], narrow(0.17)),
        film: film(8, 8),
        sampling: { ...request({}).sampling, maxDepth: 512, rouletteDepth: 512 },
      }),
      4096,
    );
    expect(mean(found.channel("alpha", "A"))).toBe(1);
    const error = mean(found.channel("beauty", "G")) - 1;
    expect(Math.abs(error), `error ${error}`).toBeLessThan(1e-3);
  });
});

/** What a white diffuse square at the origin, facing +Z, sends to a camera above it: irradiance / π. */
async function litSquare(lights: Partial<SceneDescription>, sampling: Partial<SamplingSettings> = {}): Promise<number> {
  const { meshes = [], materials = [], ...rest } = lights;
  const receiver = quad([-0.001, -0.001, 0], [0.002, 0, 0], [0, 0.002, 0]);
  const lit = scene({ meshes: [receiver, ...meshes], materials: [diffuse([1, 1, 1]), ...materials], ...rest });
  const found = await picture(
    renderer,
    request({
      scene: lit,
      camera: camera([0, 0, 0.2], narrow(0.005)),
      film: film(8, 8),
      sampling: { ...request({}).sampling, maxDepth: 1, ...sampling },
    }),
    4096,
  );
  return mean(found.channel("beauty", "G"));
}

describe("irradiance on a diffuse square, within 0.5 %", () => {
  const glowing = diffuse([0, 0, 0], { emissive: [3, 3, 3], doubleSided: false });

  it.each(["mis", "light"] as const)("from an emissive quad (%s)", async (strategy) => {
    // Front down towards the square; Howell's catalogue of view factors, B-3 (parallel rectangle, four quarters).
    const [width, depth, height] = [2, 1, 1.5];
    const lamp = quad([-width / 2, -depth / 2, height], [0, depth, 0], [width, 0, 0], { materialIndex: 1 });
    const [a, b] = [width / 2 / height, depth / 2 / height];
    const part = (s: number, t: number) => (s / Math.hypot(1, s)) * Math.atan(t / Math.hypot(1, s));
    const viewFactor = (4 * (part(a, b) + part(b, a))) / (2 * Math.PI);
    const found = await litSquare({ meshes: [lamp], materials: [glowing] }, { strategy });
    expect(Math.abs(found / (3 * viewFactor) - 1)).toBeLessThan(5e-3);
  });

  it.each([1, 3])("from a sphere light at distance %d", async (distance) => {
    const lamp = sphere(0.5, 64, { materialIndex: 1 });
    const shifted = { ...lamp, positions: lamp.positions.map((value, i) => (i % 3 === 2 ? value + distance : value)) };
    const found = await litSquare({ meshes: [shifted], materials: [glowing] });
    expect(Math.abs(found / (3 * (0.5 / distance) ** 2) - 1)).toBeLessThan(5e-3);
  });

  it("from an emissive mesh that two mirrored instances share", async () => {
    const lamp = quad([0, 0, 2], [0, 0.5, 0], [0.5, 0, 0], { materialIndex: 1 });
    const mirrored = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const instances = [
      { meshIndex: 0, objectToWorld: identity, objectId: 1 },
      { meshIndex: 1, objectToWorld: identity, objectId: 2 },
      { meshIndex: 1, objectToWorld: mirrored, objectId: 3 },
    ];
    const whole = quad([-0.5, 0, 2], [0, 0.5, 0], [1, 0, 0], { materialIndex: 1 });
    const shared = await litSquare({ meshes: [lamp], instances, materials: [glowing] });
    const single = await litSquare({ meshes: [whole], materials: [glowing] });
    expect(Math.abs(shared / single - 1)).toBeLessThan(5e-3);
  });

  it("from a point, a spot and a directional light", async () => {
    const intensity: Vector3 = [5, 5, 5];
    const position: Vector3 = [3, 0, 4];
    const towards: Vector3 = [-0.6, 0, -0.8];
    const expected = ((5 / 25) * 0.8) / Math.PI;
    const point = await litSquare({ lights: [{ t: "point", name: "", position, intensity }] });
    expect(point / expected).toBeCloseTo(1, 3);
    const cones = { innerConeRad: 0.2, outerConeRad: 0.4 };
    const spot = await litSquare({
      lights: [{ t: "spot", name: "", position, direction: towards, intensity, ...cones }],
    });
    expect(spot / expected).toBeCloseTo(1, 3);
    for (const angularRadiusRad of [0, 0.00465]) {
      const sun = await litSquare({
        lights: [{ t: "directional", name: "", direction: towards, irradiance: intensity, angularRadiusRad }],
      });
      expect(sun / ((5 * 0.8) / Math.PI), `angular radius ${angularRadiusRad}`).toBeCloseTo(1, 2);
    }
  });
});

describe("the environment", () => {
  it("has its centre at +Z and a quarter from the left at +X, as OpenEXR has it", async () => {
    const pixels = new Float32Array(24);
    // Columns 0 to 3 look to (+X −Z), (+X +Z), (−X +Z), (−X −Z); above row 0, below row 1.
    for (let texel = 0; texel < 8; texel++) pixels.set([texel % 4, Math.floor(texel / 4), 1], 3 * texel);
    const environment = { ...uniformEnvironment(1), pixels };
    const view = camera([0, 0, 0], narrow(2.2));
    const found = await picture(
      renderer,
      request({ scene: scene({ environment }), camera: view, film: film(9, 9) }),
      16,
    );
    const at = (x: number, y: number) => [
      found.channel("beauty", "R")[9 * y + x],
      found.channel("beauty", "G")[9 * y + x],
    ];
    // The camera looks along −Z: +X on its right.
    const [left, right] = [at(1, 4)[0]!, at(7, 4)[0]!];
    expect(left).toBeGreaterThan(right);
    expect(at(4, 0)[1]!).toBeLessThan(at(4, 8)[1]!);
  });
});

describe("MIS, light sampling and surface sampling", () => {
  const meshes = [
    quad([-3, -1, 3], [6, 0, 0], [0, 0, -6]),
    sphere(1, 24, { materialIndex: 1 }),
    quad([-2, 2.5, -2], [4, 0, 0], [0, 0, 4], { materialIndex: 2 }),
  ];
  const materials = [
    diffuse([0.6, 0.5, 0.4]),
    material({ baseColor: [0.9, 0.6, 0.3], metallic: 1, roughness: 0.6, clearcoat: 0.5, clearcoatRoughness: 0.5 }),
    diffuse([0.1, 0.1, 0.1], { emissive: [4, 3, 2], doubleSided: false }),
  ];
  const lit = scene({ meshes, materials, environment: uniformEnvironment(0.3) });
  const spec = film(16, 16);
  const sampleCount = 256;

  /** Mean luminance and its variance, for blocks of 4×4 pixels. */
  async function blocks(strategy: SamplingSettings["strategy"], seed: number) {
    const settings = { ...request({}).sampling, maxDepth: 3, rouletteDepth: 2, strategy, seed };
    const view = camera([0, 0, 6]);
    const found = await picture(
      renderer,
      request({ scene: lit, camera: view, film: spec, sampling: settings }),
      sampleCount,
    );
    const [r, g, b] = ["R", "G", "B"].map((name) => found.channel("beauty", name));
    const squares = found.channel("luminance2", "Y");
    return Array.from({ length: 16 }, (_, block) => {
      const pixels = Array.from({ length: 16 }, (_, i) => {
        return ((block >> 2) * 4 + (i >> 2)) * 16 + (block % 4) * 4 + (i % 4);
      });
      const luminance = pixels.map((p) => 0.2126 * r![p]! + 0.7152 * g![p]! + 0.0722 * b![p]!);
      const variance = pixels.map((p, i) => (squares[p]! - luminance[i]! ** 2) / (sampleCount - 1));
      return { mean: mean(luminance), variance: mean(variance) / 16 };
    });
  }

  it("agree in every block of pixels (z-test)", async () => {
    const mis = await blocks("mis", 1);
    for (const [strategy, seed] of [
      ["light", 2],
      ["bsdf", 3],
    ] as const) {
      const other = await blocks(strategy, seed);
      const scores = mis.map((a, i) => {
        const spread = Math.sqrt(a.variance + other[i]!.variance);
        return spread === 0 ? a.mean - other[i]!.mean : (a.mean - other[i]!.mean) / spread;
      });
      // 4.5 standard deviations happen once in 150,000; a bias would show in all blocks, hence the mean.
      expect(Math.max(...scores.map(Math.abs)), strategy).toBeLessThan(4.5);
      expect(Math.abs(mean(scores)), strategy).toBeLessThan(1);
    }
  });
});
