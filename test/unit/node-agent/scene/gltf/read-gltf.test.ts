// Features of glTF, each in the smallest file that has it, with numbers known beforehand.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SceneDescription } from "../../../../../node-agent/scene/description.ts";
import { readGltf } from "../../../../../node-agent/scene/gltf/read-gltf.ts";
import { type Json, SceneFolder, SmallGltf, triangleGlb } from "./small-gltf.ts";

let folder: SceneFolder;
beforeAll(async () => {
  folder = await SceneFolder.create();
});
afterAll(() => folder.close());

let fileCount = 0;
async function read(content: Uint8Array | Json): Promise<SceneDescription & { notices: readonly string[] }> {
  const name = `scene-${fileCount++}.${content instanceof Uint8Array ? "glb" : "gltf"}`;
  const { scene, notices } = await readGltf(await folder.write(name, content));
  return { ...scene, notices };
}

const triangle = [0, 0, 0, 1, 0, 0, 0, 1, 0];

describe("containers and buffers", () => {
  it("a .glb, a .gltf with its buffer beside it and one with a data URI → the same mesh", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const scene = { nodes: [{ mesh: 0, name: "n" }], meshes: [{ primitives: [{ attributes: { POSITION } }] }] };
    await folder.write("my buffer.bin", gltf.bytes);
    const beside = { ...gltf.json(scene), buffers: [{ uri: "my%20buffer.bin", byteLength: 36 }] };
    const base64 = Buffer.from(gltf.bytes).toString("base64");
    const embedded = {
      ...gltf.json(scene),
      buffers: [{ uri: `data:application/octet-stream;base64,${base64}`, byteLength: 36 }],
    };
    for (const content of [gltf.glb(scene), beside, embedded]) {
      const { meshes, objectNames } = await read(content);
      expect([...meshes[0]!.positions]).toEqual(triangle);
      expect([...meshes[0]!.indices]).toEqual([0, 1, 2]);
      expect(objectNames).toEqual(["n"]);
    }
  });

  it("a glb under the name .gltf → is read by its first bytes", async () => {
    const path = await folder.write("named-wrong.gltf", triangleGlb());
    expect((await readGltf(path)).scene.meshes).toHaveLength(1);
  });
});

describe("accessors", () => {
  it.each([
    ["Int8", new Int8Array([-127, 0, 127, 0, 64, -128]), [-1, 0, 1, 0, 64 / 127, -1]],
    ["Uint8", new Uint8Array([0, 255, 51, 0, 0, 255]), [0, 1, 0.2, 0, 0, 1]],
    ["Int16", new Int16Array([-32767, 0, 32767, 0, -32768, 0]), [-1, 0, 1, 0, -1, 0]],
    ["Uint16", new Uint16Array([0, 65535, 13107, 0, 0, 0]), [0, 1, 0.2, 0, 0, 0]],
  ] as const)("normalised %s texture coordinates → divided as the specification says", async (_, values, expected) => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const TEXCOORD_0 = gltf.accessor(values, "VEC2", { normalized: true });
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION, TEXCOORD_0 } }] }] }),
    );
    expect([...meshes[0]!.texcoords[0]!]).toEqual(expected.map((value) => Math.fround(value)));
  });

  it("quantised positions, not normalised → their integers as floats", async () => {
    const gltf = new SmallGltf();
    const bytes = new Uint8Array(new Int16Array([0, 0, 0, 99, 100, 0, 0, 99, 0, -100, 0, 99]).buffer);
    const bufferView = gltf.view(bytes, { byteStride: 8 });
    gltf.accessors.push({ bufferView, componentType: 5122, type: "VEC3", count: 3 });
    const { meshes } = await read(
      gltf.glb({
        extensionsUsed: ["KHR_mesh_quantization"],
        extensionsRequired: ["KHR_mesh_quantization"],
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
      }),
    );
    expect([...meshes[0]!.positions]).toEqual([0, 0, 0, 100, 0, 0, 0, -100, 0]);
  });

  it.each([
    ["Uint8", Uint8Array.of(2, 0, 1)],
    ["Uint16", Uint16Array.of(2, 0, 1)],
    ["Uint32", Uint32Array.of(2, 0, 1)],
  ] as const)("%s indices → the same corners", async (_, values) => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const indices = gltf.accessor(values, "SCALAR");
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION }, indices }] }] }),
    );
    expect([...meshes[0]!.indices]).toEqual([2, 0, 1]);
  });

  it("positions and normals interleaved in one view with a stride → both come apart", async () => {
    const gltf = new SmallGltf();
    const interleaved = Float32Array.from([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1]);
    const bufferView = gltf.view(new Uint8Array(interleaved.buffer), { byteStride: 24 });
    const shared = { bufferView, componentType: 5126, type: "VEC3", count: 3 };
    gltf.accessors.push(shared, { ...shared, byteOffset: 12 });
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0, NORMAL: 1 } }] }] }),
    );
    expect([...meshes[0]!.positions]).toEqual(triangle);
    expect([...meshes[0]!.normals!]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  });

  it("a sparse accessor with offsets of its own over a base with another → only the named elements change", async () => {
    const gltf = new SmallGltf();
    const base = gltf.view(new Uint8Array(Float32Array.from([9, 9, 9, ...triangle]).buffer));
    const indices = gltf.view(Uint8Array.of(2));
    const values = gltf.view(new Uint8Array(Float32Array.of(0, 5, 0).buffer));
    gltf.accessors.push({
      bufferView: base,
      byteOffset: 12,
      componentType: 5126,
      type: "VEC3",
      count: 3,
      sparse: { count: 1, indices: { bufferView: indices, componentType: 5121 }, values: { bufferView: values } },
    });
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }] }),
    );
    expect([...meshes[0]!.positions]).toEqual([0, 0, 0, 1, 0, 0, 0, 5, 0]);
  });

  it("a sparse accessor without a base → zeros where nothing is said", async () => {
    const gltf = new SmallGltf();
    const indices = gltf.view(new Uint8Array(Uint16Array.of(1, 2).buffer));
    const values = gltf.view(new Uint8Array(Float32Array.of(1, 0, 0, 0, 1, 0).buffer));
    const sparse = { count: 2, indices: { bufferView: indices, componentType: 5123 }, values: { bufferView: values } };
    gltf.accessors.push({ componentType: 5126, type: "VEC3", count: 3, sparse });
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }] }),
    );
    expect([...meshes[0]!.positions]).toEqual(triangle);
  });
});

describe("topology", () => {
  const square = [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0];

  it.each([
    ["strip", 5, [0, 1, 2, 1, 3, 2]],
    ["fan", 6, [1, 2, 0, 2, 3, 0]],
  ] as const)("a triangle %s → triangles with the winding kept", async (_, mode, expected) => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(mode === 5 ? square : [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0], "VEC3");
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION }, mode }] }] }),
    );
    expect([...meshes[0]!.indices]).toEqual(expected);
  });

  it("points and lines beside triangles → left out with one notice", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const primitives = [0, 1, 3, 4].map((mode) => ({ attributes: { POSITION }, mode }));
    const { meshes, notices } = await read(gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives }] }));
    expect(meshes).toHaveLength(1);
    expect(notices).toEqual([expect.stringContaining("Points and lines")]);
  });

  it("a triangle without area beside a good one → left out with a notice", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats([...triangle, 2, 0, 0], "VEC3");
    const indices = gltf.accessor(Uint16Array.of(0, 1, 3, 0, 1, 2, 1, 1, 2), "SCALAR");
    const { meshes, notices } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION }, indices }] }] }),
    );
    expect([...meshes[0]!.indices]).toEqual([0, 1, 2]);
    expect(notices).toEqual(["2 triangles without any area are left out"]);
  });
});

describe("nodes", () => {
  it("matrix and TRS nodes above each other → the product, parents last", async () => {
    const { instances } = await read(
      triangleGlb({
        nodes: [
          { matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 10, 0, 0, 1], children: [1] },
          { translation: [1, 2, 3], rotation: [0, 0, Math.SQRT1_2, Math.SQRT1_2], scale: [1, 3, 1], mesh: 0 },
        ],
        scenes: [{ nodes: [0] }],
      }),
    );
    const expected = [0, 2, 0, 0, -6, 0, 0, 0, 0, 0, 2, 0, 12, 4, 6, 1];
    for (const [i, value] of instances[0]!.objectToWorld.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
  });

  it("a sheared matrix → kept as it is, not taken apart", async () => {
    const matrix = [1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    expect((await read(triangleGlb({ nodes: [{ mesh: 0, matrix }] }))).instances[0]!.objectToWorld).toEqual(matrix);
  });

  it("two nodes with one mesh of two primitives → two meshes, four instances, two objects", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const primitives = [{ attributes: { POSITION } }, { attributes: { POSITION } }];
    const { meshes, instances, objectNames } = await read(
      gltf.glb({
        nodes: [
          { mesh: 0, name: "left" },
          { mesh: 0, translation: [1, 0, 0] },
        ],
        meshes: [{ name: "m", primitives }],
      }),
    );
    expect(meshes.map(({ name }) => name)).toEqual(["m.0", "m.1"]);
    expect(meshes[0]!.positions).toBe(meshes[1]!.positions);
    expect(instances.map(({ meshIndex, objectId }) => [meshIndex, objectId])).toEqual([
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(objectNames).toEqual(["left", "m"]);
  });

  it("EXT_mesh_gpu_instancing → one instance per entry, of one object", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const TRANSLATION = gltf.floats([1, 0, 0, 2, 0, 0], "VEC3");
    const SCALE = gltf.floats([1, 1, 1, 2, 2, 2], "VEC3");
    const { instances, objectNames } = await read(
      gltf.glb({
        extensionsUsed: ["EXT_mesh_gpu_instancing"],
        extensionsRequired: ["EXT_mesh_gpu_instancing"],
        nodes: [
          {
            mesh: 0,
            translation: [0, 5, 0],
            extensions: { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION, SCALE } } },
          },
        ],
        meshes: [{ primitives: [{ attributes: { POSITION } }] }],
      }),
    );
    expect(instances.map(({ objectToWorld }) => objectToWorld.slice(12, 15))).toEqual([
      [1, 5, 0],
      [2, 5, 0],
    ]);
    expect(instances[1]!.objectToWorld[0]).toBe(2);
    expect(objectNames).toHaveLength(1);
  });

  it("a mirroring node → its matrix is kept, the mesh is not touched", async () => {
    const { meshes, instances } = await read(triangleGlb({ nodes: [{ mesh: 0, scale: [-1, 1, 1] }] }));
    expect(instances[0]!.objectToWorld[0]).toBe(-1);
    expect([...meshes[0]!.indices]).toEqual([0, 1, 2]);
  });

  it("a node scaled to nothing beside another → left out with a notice", async () => {
    const { instances, notices } = await read(
      triangleGlb({ nodes: [{ mesh: 0 }, { mesh: 0, scale: [0, 0, 0], name: "gone" }] }),
    );
    expect(instances).toHaveLength(1);
    expect(notices).toEqual([expect.stringContaining('"gone"')]);
  });

  it("several scenes → the default one; without a default the first; without scenes all nodes", async () => {
    const nodes = [
      { mesh: 0, name: "a" },
      { mesh: 0, name: "b", children: [2] },
      { mesh: 0, name: "c" },
    ];
    const scenes = [{ nodes: [0] }, { nodes: [1] }];
    expect((await read(triangleGlb({ nodes, scenes, scene: 1 }))).objectNames).toEqual(["b", "c"]);
    expect((await read(triangleGlb({ nodes, scenes }))).objectNames).toEqual(["a"]);
    expect((await read(triangleGlb({ nodes }))).objectNames).toEqual(["a", "b", "c"]);
  });
});

describe("cameras and lights", () => {
  it("a perspective camera under a scaled node → a rigid frame, its vertical field of view, a pinhole", async () => {
    const { cameras } = await read(
      triangleGlb({
        nodes: [{ mesh: 0 }, { camera: 0, name: "cam", translation: [0, 0, 5], scale: [3, 3, 3] }],
        cameras: [{ type: "perspective", perspective: { yfov: 0.7, znear: 0.1, aspectRatio: 2 } }],
      }),
    );
    expect(cameras).toEqual([
      {
        name: "cam",
        cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1],
        projection: { t: "perspective", verticalFovRad: 0.7 },
        lensRadius: 0,
        focusDistance: 1,
      },
    ]);
  });

  it("an orthographic camera → half its height", async () => {
    const cameras = [{ type: "orthographic", name: "front", orthographic: { xmag: 4, ymag: 3, znear: 0, zfar: 9 } }];
    const scene = await read(triangleGlb({ nodes: [{ mesh: 0 }, { camera: 0 }], cameras }));
    expect(scene.cameras[0]).toMatchObject({ name: "front", projection: { t: "orthographic", halfHeight: 3 } });
  });

  it("point, spot and directional lights → world position, direction along −Z, candela and lux one to one", async () => {
    const lights = [
      { type: "point", color: [1, 0.5, 0.25], intensity: 8, name: "bulb" },
      { type: "spot", intensity: 2, spot: { innerConeAngle: 0.1, outerConeAngle: 0.4 } },
      { type: "directional", intensity: 3 },
    ];
    const use = (light: number) => ({ extensions: { KHR_lights_punctual: { light } } });
    const scene = await read(
      triangleGlb({
        extensionsUsed: ["KHR_lights_punctual"],
        extensions: { KHR_lights_punctual: { lights } },
        nodes: [
          { mesh: 0 },
          { ...use(0), translation: [1, 2, 3], scale: [2, 2, 2] },
          { ...use(1), rotation: [-Math.SQRT1_2, 0, 0, Math.SQRT1_2] },
          use(2),
        ],
      }),
    );
    expect(scene.lights[0]).toEqual({ t: "point", name: "bulb", position: [1, 2, 3], intensity: [8, 4, 2] });
    expect(scene.lights[1]).toMatchObject({ t: "spot", intensity: [2, 2, 2], innerConeRad: 0.1, outerConeRad: 0.4 });
    const { direction } = scene.lights[1] as { direction: readonly number[] };
    for (const [k, value] of [0, -1, 0].entries()) expect(direction[k]).toBeCloseTo(value, 12);
    expect(scene.lights[2]).toEqual({
      t: "directional",
      name: "light 2",
      direction: [0, 0, -1],
      irradiance: [3, 3, 3],
      angularRadiusRad: 0,
    });
  });
});

describe("deformation", () => {
  it("morph targets → at the node's weights, else at the mesh's; differently weighted nodes get meshes of their own", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const targets = [
      { POSITION: gltf.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], "VEC3") },
      { POSITION: gltf.floats([8, 0, 0, 0, 0, 0, 0, 0, 0], "VEC3") },
    ];
    const { meshes } = await read(
      gltf.glb({
        nodes: [{ mesh: 0 }, { mesh: 0, weights: [1, 0.25] }, { mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION }, targets }], weights: [0.5, 0] }],
      }),
    );
    expect(meshes).toHaveLength(2);
    expect([...meshes[0]!.positions]).toEqual([0, 0, 0.5, 1, 0, 0.5, 0, 1, 0.5]);
    expect([...meshes[1]!.positions]).toEqual([2, 0, 1, 1, 0, 1, 0, 1, 1]);
  });

  it("a skinned mesh → bent by its joints in the world; the node's own transform does not count", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const NORMAL = gltf.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], "VEC3");
    const JOINTS_0 = gltf.accessor(Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0), "VEC4");
    const WEIGHTS_0 = gltf.floats([1, 0, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 0, 0], "VEC4");
    const unit = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const inverseBindMatrices = gltf.floats([...unit, ...unit.with(13, -1)], "MAT4");
    const { meshes, instances } = await read(
      gltf.glb({
        nodes: [
          { mesh: 0, skin: 0, translation: [100, 0, 0] },
          { translation: [0, 0, 2], children: [2] },
          { rotation: [0, 0, Math.SQRT1_2, Math.SQRT1_2] },
        ],
        skins: [{ joints: [1, 2], inverseBindMatrices }],
        meshes: [{ primitives: [{ attributes: { POSITION, NORMAL, JOINTS_0, WEIGHTS_0 } }] }],
      }),
    );
    // Joint 1 moves by z = 2; joint 2 besides turns (x, y − 1) by 90°: (1, 0) → (1, 1), and (0, 1) → (0, 0).
    const expected = [0, 0, 2, 1, 0.5, 2, 0, 0, 2];
    for (const [i, value] of meshes[0]!.positions.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    expect(instances[0]!.objectToWorld.slice(12)).toEqual([0, 0, 0, 1]);
    expect(meshes[0]!.normals![2]).toBeCloseTo(1, 6);
  });

  it("a skin whose joint mirrors → its triangles turned round, so that their fronts stay in front", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const NORMAL = gltf.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], "VEC3");
    const JOINTS_0 = gltf.accessor(new Uint8Array(12), "VEC4");
    const WEIGHTS_0 = gltf.floats([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], "VEC4");
    const { meshes } = await read(
      gltf.glb({
        nodes: [{ mesh: 0, skin: 0 }, { scale: [-2, 2, 2] }],
        skins: [{ joints: [1] }],
        meshes: [{ primitives: [{ attributes: { POSITION, NORMAL, JOINTS_0, WEIGHTS_0 } }] }],
      }),
    );
    expect([...meshes[0]!.positions].map((value) => value + 0)).toEqual([0, 0, 0, -2, 0, 0, 0, 2, 0]);
    expect([...meshes[0]!.indices]).toEqual([0, 2, 1]);
    expect([...meshes[0]!.normals!].map((value) => value + 0)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  });
});
