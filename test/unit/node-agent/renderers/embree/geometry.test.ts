// What rays find: instances, mirrored ones, sides, cut-outs and transparency, and the outputs that say so.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbreeRenderer } from "../../../../../node-agent/renderers/embree/embree-renderer.ts";
import type { PrepareRequest } from "../../../../../node-agent/renderers/renderer.ts";
import type { Instance, Material, Mesh, Texture } from "../../../../../node-agent/scene/description.ts";
import {
  camera,
  diffuse,
  film,
  mean,
  onceEach,
  type Picture,
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

const spec = film(24, 24, ["albedo", "normal", "depth", "position", "id"]);
const environment = uniformEnvironment(1);

function rendered(fields: Partial<PrepareRequest>, sampleCount = 4): Promise<Picture> {
  return picture(renderer, request({ film: spec, ...fields }), sampleCount);
}

/** Turned about Y by `turnRad`, scaled by `scale` per axis, moved. */
function matrix(turnRad: number, scale: readonly number[], move: readonly number[]): number[] {
  const [c, s] = [Math.cos(turnRad), Math.sin(turnRad)];
  const [x, y, z] = scale as [number, number, number];
  return [c * x, 0, -s * x, 0, 0, y, 0, 0, s * z, 0, c * z, 0, ...move, 1];
}

/** A quad across the view at `z`, facing the camera on +Z. */
const wall = (z: number, fields: Partial<Mesh> = {}) => quad([-9, -9, z], [18, 0, 0], [0, 18, 0], fields);
const behind = (z: number, fields: Partial<Mesh> = {}) => quad([-9, -9, z], [0, 18, 0], [18, 0, 0], fields);

describe("outputs of a wall that faces the camera", () => {
  it("say where it is, how it is turned and which object it is", async () => {
    const found = await rendered({ scene: scene({ meshes: [wall(-1)] }), camera: camera([0, 0, 4]) });
    expect([...found.channel("alpha", "A")].every((value) => value === 1)).toBe(true);
    expect([...found.channel("depth", "Z")].every((value) => Math.abs(value - 5) < 1e-5)).toBe(true);
    expect([...found.channel("position", "Z")].every((value) => value === -1)).toBe(true);
    expect([...found.channel("id", "id")].every((value) => value === 1)).toBe(true);
    expect([...found.channel("normal", "Z")].every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
    // y grows downwards in the film, upwards in the world.
    expect(found.channel("position", "Y")[0]!).toBeGreaterThan(0);
    expect(found.channel("position", "X")[0]!).toBeLessThan(0);
    expect(mean(found.channel("albedo", "R"))).toBeCloseTo(0.5, 5);
  });

  it("say nothing where there is only an environment, which beauty shows", async () => {
    const found = await rendered({ scene: scene({ environment }) });
    expect(mean(found.channel("beauty", "G"))).toBe(1);
    expect(mean(found.channel("alpha", "A"))).toBe(0);
    expect(found.channel("depth", "Z")[0]).toBe(Number.POSITIVE_INFINITY);
    expect(found.channel("id", "id")[0]).toBe(0);
    expect(found.channel("normal", "Z")[0]).toBe(0);
    expect(found.channel("position", "Z")[0]).toBe(0);
    expect(found.unit.planes.every((plane) => plane.encoding === "constant")).toBe(true);
  });
});

describe("instances", () => {
  const ball = sphere(0.5, 8);
  const placed = (objectToWorld: number[], objectId: number, meshIndex: number): Instance => {
    return { meshIndex, objectToWorld, objectId };
  };
  const cases: [string, number[]][] = [
    ["moved", matrix(0, [1, 1, 1], [0.4, 0.3, 0])],
    ["turned and scaled unevenly", matrix(0.7, [0.6, 1.4, 1], [-0.3, 0, 0.2])],
    ["mirrored", matrix(0.4, [-1, 1, 1], [0.2, -0.3, 0])],
    ["flattened to a disk", matrix(0, [1, 1, 0], [0, 0, 0])],
  ];

  it.each(cases)("of a mesh %s: sharing its BVH with another instance changes nothing visible", async (_, place) => {
    const off = matrix(0, [1, 1, 1], [0, 0, 900]);
    const alone = await rendered({
      scene: scene({ meshes: [ball], instances: [placed(place, 1, 0)], environment }),
    });
    const shared = await rendered({
      scene: scene({ meshes: [ball], instances: [placed(place, 1, 0), placed(off, 2, 0)], environment }),
    });
    for (const [output, channel] of [
      ["normal", "X"],
      ["normal", "Y"],
      ["normal", "Z"],
      ["position", "X"],
      ["alpha", "A"],
    ] as const) {
      const [one, other] = [alone.channel(output, channel), shared.channel(output, channel)];
      const differing = one.filter((value, pixel) => Math.abs(value - other[pixel]!) > 1e-4);
      // A ray through an edge of the outline may find the one and miss the other.
      expect(differing.length, `${output}.${channel}`).toBeLessThanOrEqual(2);
    }
    expect(mean(alone.channel("alpha", "A"))).toBeGreaterThan(0.02);
  });

  it.each(cases.slice(0, 3))("of a single-sided mesh %s show their front", async (_, place) => {
    const materials = [diffuse([1, 1, 1], { doubleSided: false })];
    for (const instances of [
      [placed(place, 1, 0)],
      [placed(place, 1, 0), placed(matrix(0, [1, 1, 1], [0, 0, 900]), 2, 0)],
    ]) {
      const found = await rendered({ scene: scene({ meshes: [ball], instances, materials, environment }) });
      const [alpha, depth] = [found.channel("alpha", "A"), found.channel("depth", "Z")];
      // Seen from the front the middle of the ball is nearer than its centre at 4.
      const covered = depth.filter((_, pixel) => alpha[pixel] === 1);
      expect(mean(covered)).toBeLessThan(4);
      expect(mean(found.channel("normal", "Z"))).toBeGreaterThan(0);
    }
  });
});

describe("a single-sided wall", () => {
  const materials: Material[] = [diffuse([0.5, 0.5, 0.5], { doubleSided: false }), diffuse([0.5, 0.5, 0.5])];

  it("seen by the camera from behind is not there", async () => {
    const found = await rendered({ scene: scene({ meshes: [behind(0), wall(-1, { materialIndex: 1 })], materials }) });
    expect(new Set(found.channel("id", "id"))).toEqual(new Set([2]));
  });

  it.each([
    ["half transparent surface is there", 0.5, 0.25],
    ["hole is not there", 0, 1],
  ])("seen from behind through a %s", async (_, opacity, expected) => {
    const veil = diffuse([0, 0, 0], { alphaMode: { t: "blend" }, opacity });
    const meshes = [wall(1, { materialIndex: 1 }), behind(0), wall(-1, { materialIndex: 2 })];
    const found = await rendered(
      { scene: scene({ meshes, materials: [materials[0]!, veil, diffuse([1, 1, 1])] }), camera: camera([0, 0, 4]) },
      1024,
    );
    expect(mean(found.channel("albedo", "R"))).toBeCloseTo(expected, 2);
  });

  it.each([
    ["lit from behind throws a shadow all the same", behind(1)],
    ["lit from its front throws a shadow", wall(1)],
  ])("%s", async (_, blocker) => {
    // Light comes from −Z towards +Z; the camera at z = 0.5 looks along −Z at a wall lit through the blocker.
    const floor = quad([-1, -1, 2], [0, 2, 0], [2, 0, 0], { materialIndex: 1 });
    const found = await rendered({
      scene: scene({
        meshes: [floor, { ...blocker, materialIndex: 0 }],
        materials,
        lights: [
          { t: "directional", name: "sun", direction: [0, 0, 1], irradiance: [Math.PI, 1, 1], angularRadiusRad: 0 },
        ],
      }),
      camera: camera([0, 0, 1.5], { cameraToWorld: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 1.5, 1] }),
      sampling: { ...request({}).sampling, maxDepth: 1 },
    });
    // The blocker at z = 1 is on the light's way to the floor at z = 2; light meets its back or its front.
    expect(mean(found.channel("beauty", "R"))).toBe(0);
  });
});

describe("transparency", () => {
  const checker: Texture = {
    name: "checker",
    widthPx: 2,
    heightPx: 1,
    pixels: new Uint8Array([255, 255, 255, 255, 255, 255, 255, 0]),
    colorSpace: "linear",
    wrapU: "clamp",
    wrapV: "clamp",
    filter: "nearest",
  };
  const use = { textureIndex: 0, texcoordSet: 0, uvTransform: [1, 0, 0, 0, 1, 0] } as const;

  it("masked: half of a wall is cut out", async () => {
    const materials = [
      diffuse([1, 1, 1], { baseColorTexture: use, alphaMode: { t: "mask", cutoff: 0.5 } }),
      diffuse([1, 1, 1]),
    ];
    const found = await rendered({
      scene: scene({ meshes: [wall(0), wall(-1, { materialIndex: 1 })], materials, textures: [checker] }),
    });
    const ids = found.channel("id", "id");
    expect([ids[0], ids[23]]).toEqual([1, 2]);
  });

  it("blended: coverage is the opacity, shadows let the rest through", async () => {
    const materials = [diffuse([0, 0, 0], { alphaMode: { t: "blend" }, opacity: 0.25 }), diffuse([1, 1, 1])];
    const veil = await rendered({ scene: scene({ meshes: [wall(0)], materials }) }, 1024);
    expect(mean(veil.channel("alpha", "A"))).toBeCloseTo(0.25, 2);

    const lit = await rendered(
      {
        scene: scene({
          meshes: [wall(0, { materialIndex: 1 }), wall(2), wall(3)],
          materials,
          lights: [
            { t: "directional", name: "sun", direction: [0, 0, -1], irradiance: [1, 1, 1], angularRadiusRad: 0 },
          ],
        }),
        camera: camera([0, 0, 1]),
        sampling: { ...request({}).sampling, maxDepth: 1 },
      },
      4,
    );
    for (const value of lit.channel("beauty", "R")) expect(value).toBeCloseTo((0.75 * 0.75) / Math.PI, 5);
  });

  it("vertex colours: their alpha multiplies the opacity", async () => {
    const colors = new Float32Array([1, 0, 0, 0.5, 1, 0, 0, 0.5, 1, 0, 0, 0.5, 1, 0, 0, 0.5]);
    const materials = [diffuse([1, 1, 1], { alphaMode: { t: "blend" } })];
    const found = await rendered({ scene: scene({ meshes: [wall(0, { colors })], materials }) }, 1024);
    expect(mean(found.channel("alpha", "A"))).toBeCloseTo(0.5, 2);
    expect(mean(found.channel("albedo", "R"))).toBeCloseTo(0.5, 2);
    expect(mean(found.channel("albedo", "G"))).toBe(0);
  });
});

describe("coincident surfaces", () => {
  it("show the same one in every pixel and preparation", async () => {
    const balls = Array.from({ length: 6 }, () => sphere(1, 40));
    const ids = async () =>
      (await rendered({ scene: scene({ meshes: balls, instances: onceEach(balls) }) })).channel("id", "id");
    expect(await ids()).toEqual(await ids());
  });
});

describe("an unlit surface", () => {
  it("shows its colour and reflects nothing", async () => {
    const materials = [diffuse([0.2, 0.4, 0.8], { unlit: true })];
    const found = await rendered({ scene: scene({ meshes: [wall(0)], materials, environment }) });
    expect(mean(found.channel("beauty", "B"))).toBeCloseTo(0.8, 5);
    expect(mean(found.channel("albedo", "G"))).toBeCloseTo(0.4, 5);
  });
});
