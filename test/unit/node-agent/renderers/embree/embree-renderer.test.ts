// The adapter and the addon at their edges: scenes that contradict themselves, extreme samples, missing preparation.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadEmbreeAddon } from "../../../../../node-agent/renderers/embree/embree-addon.ts";
import { EmbreeRenderer } from "../../../../../node-agent/renderers/embree/embree-renderer.ts";
import type { SceneDescription } from "../../../../../node-agent/scene/description.ts";
import {
  camera,
  diffuse,
  film,
  identity,
  mean,
  never,
  onceEach,
  picture,
  quad,
  request,
  scene,
  sphere,
  uniformEnvironment,
  wholeFilm,
} from "./scenes.ts";

let renderer: EmbreeRenderer;
beforeAll(() => {
  renderer = new EmbreeRenderer();
});
afterAll(() => renderer.close());

const wall = quad([-9, -9, 0], [18, 0, 0], [0, 18, 0]);

describe("a scene that contradicts itself is refused as scene-broken, with the place", () => {
  it.each<[string, Partial<SceneDescription>]>([
    ["meshes[0]", { meshes: [{ ...wall, indices: new Uint32Array([0, 1, 4]) }] }],
    ["meshes[0]", { meshes: [{ ...wall, indices: new Uint32Array([0, 1]) }] }],
    ["meshes[0]", { meshes: [{ ...wall, materialIndex: 1 }] }],
    ["meshes[0]", { meshes: [{ ...wall, normals: new Float32Array(3) }] }],
    ["meshes[1]", { meshes: [wall, { ...wall, positions: new Float32Array(12).fill(Number.NaN) }] }],
    ["instances[0]", { meshes: [wall], instances: [{ meshIndex: 7, objectToWorld: identity, objectId: 1 }] }],
    [
      "instances[0]",
      { meshes: [wall], instances: [{ meshIndex: 0, objectToWorld: Array(16).fill(Infinity), objectId: 1 }] },
    ],
    ["environment", { environment: { ...uniformEnvironment(1), widthPx: 5 } }],
    [
      "materials[0]",
      {
        materials: [
          diffuse([1, 1, 1], {
            baseColorTexture: { textureIndex: 0, texcoordSet: 0, uvTransform: [1, 0, 0, 0, 1, 0] },
          }),
        ],
      },
    ],
  ])("%s", async (place, fields) => {
    await expect(renderer.prepare(request({ scene: scene(fields) }))).rejects.toMatchObject({
      code: "scene-broken",
      message: expect.stringContaining(place),
    });
  });
});

describe("extreme input", () => {
  it("an empty scene renders black", async () => {
    const found = await picture(renderer, request({}), 2);
    expect(mean(found.channel("beauty", "R"))).toBe(0);
  });

  it("degenerate triangles and meshes without triangles do no harm", async () => {
    const meshes = [
      { ...wall, indices: new Uint32Array(0) },
      { ...wall, indices: new Uint32Array([0, 0, 0, 1, 1, 2]) },
      { ...wall, positions: new Float32Array(0), indices: new Uint32Array(0), texcoords: [] as const },
      wall,
    ];
    const found = await picture(renderer, request({ scene: scene({ meshes }), film: film(8, 8, ["id"]) }), 2);
    expect(new Set(found.channel("id", "id"))).toEqual(new Set([4]));
  });

  it("radiance beyond the clamp limit is clamped, counted and reported with pixel and sample", async () => {
    const materials = [diffuse([0, 0, 0], { emissive: [1e9, 1, 1] })];
    const found = await picture(renderer, request({ scene: scene({ meshes: [wall], materials }) }), 3);
    const { clampedCount, clampedSamples, nonFiniteCount } = found.unit;
    expect([clampedCount, nonFiniteCount]).toEqual([16 * 16 * 3, 0]);
    expect(clampedSamples.slice(0, 2)).toEqual([
      { x: 0, y: 0, sampleIndex: 0 },
      { x: 0, y: 0, sampleIndex: 1 },
    ]);
    expect(clampedSamples).toHaveLength(4);
    expect(mean(found.channel("beauty", "R"))).toBe(2 ** 29 / 65_536);
    expect(mean(found.channel("beauty", "G"))).toBe(1);
  });

  it("radiance that is not finite counts as black and is reported", async () => {
    const materials = [diffuse([0, 0, 0], { emissive: [1, Number.POSITIVE_INFINITY, 1], doubleSided: true })];
    const found = await picture(renderer, request({ scene: scene({ meshes: [wall], materials }) }), 2);
    expect(found.unit.nonFiniteCount).toBe(16 * 16 * 2);
    expect(found.unit.nonFiniteSamples[0]).toEqual({ x: 0, y: 0, sampleIndex: 0 });
    expect(mean(found.channel("beauty", "R"))).toBe(0);
    expect(mean(found.channel("alpha", "A"))).toBe(1);
  });

  it("a scene far from the origin has no self-shadowing", async () => {
    const far = { meshIndex: 0, objectToWorld: [...identity.slice(0, 12), 5000, 3000, -4000, 1], objectId: 1 };
    const lit = scene({
      meshes: [sphere(1, 64)],
      instances: [far],
      materials: [diffuse([1, 1, 1])],
      environment: uniformEnvironment(1),
    });
    const view = camera([5000, 3000, -3997], { projection: { t: "perspective", verticalFovRad: 0.3 } });
    const found = await picture(renderer, request({ scene: lit, camera: view, film: film(8, 8) }), 256);
    expect(mean(found.channel("beauty", "R"))).toBeCloseTo(1, 2);
  });
});

describe("the adapter", () => {
  it("without a prepared scene refuses to render", async () => {
    const fresh = new EmbreeRenderer();
    const unit = { rect: wholeFilm(film(8, 8)), sampleBegin: 0, sampleEnd: 1, stridePx: 1 };
    await expect(fresh.render(unit, never)).rejects.toMatchObject({ code: "renderer-failed" });
  });

  it("closed while a unit renders: the unit ends well", async () => {
    const fresh = new EmbreeRenderer();
    const prepare = request({ scene: scene({ meshes: [wall], instances: onceEach([wall]) }) });
    await fresh.prepare(prepare);
    const unit = { rect: wholeFilm(prepare.film), sampleBegin: 0, sampleEnd: 64, stridePx: 1 };
    const rendering = fresh.render(unit, never);
    await fresh.close();
    expect((await rendering).planes).toHaveLength(5);
  });

  it("a wrongly shaped input is an error, not a crash", () => {
    const addon = loadEmbreeAddon();
    expect(() => addon.prepare({} as never)).toThrow(/meshes/);
    expect(() => addon.render({} as never, {} as never)).toThrow(/prepared scene/);
    expect(() => addon.close(undefined as never)).toThrow(/prepared scene/);
  });

  it("a sample outside the film cannot be debugged", async () => {
    await renderer.prepare(request({}));
    await expect(renderer.debugSample(16, 0, 0)).rejects.toMatchObject({ code: "message-malformed" });
  });
});
