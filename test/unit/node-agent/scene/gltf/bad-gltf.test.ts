// Every kind of broken, hostile or foreign glTF: one clear ArrasError with code, place and action, never anything else.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGltf } from "../../../../../node-agent/scene/gltf/read-gltf.ts";
import type { ErrorCode } from "../../../../../proto/errors.ts";
import { glbOf, type Json, refusal, SceneFolder, SmallGltf, triangleGlb } from "./small-gltf.ts";

let folder: SceneFolder;
beforeAll(async () => {
  folder = await SceneFolder.create();
});
afterAll(() => folder.close());

let fileCount = 0;

/** Writes the scene, reads it, and returns the error; its place must name the file. */
async function refused(content: Uint8Array | string | Json) {
  const path = await folder.write(`bad-${fileCount++}.gltf`, content);
  const error = await refusal(readGltf(path));
  expect(error.place.path).toContain(path);
  expect(error.action).not.toBe("");
  return { code: error.code, place: error.place.path!.slice(path.length).replace(/^: /, ""), message: error.message };
}

function builtGlb(build: (gltf: SmallGltf) => Json): Uint8Array {
  const gltf = new SmallGltf();
  return gltf.glb(build(gltf));
}

const triangle = [0, 0, 0, 1, 0, 0, 0, 1, 0];
const withTriangle = (more: (gltf: SmallGltf, POSITION: number) => Json) =>
  builtGlb((gltf) => {
    const POSITION = gltf.floats(triangle, "VEC3");
    return { nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION } }] }], ...more(gltf, POSITION) };
  });

describe("containers", () => {
  it("no such file → scene-missing naming it", async () => {
    const error = await refusal(readGltf(`${folder.path}/none.gltf`));
    expect(error.code).toBe("scene-missing");
    expect(error.message).toContain("none.gltf does not exist");
  });

  it("a folder → scene-missing: not a file", async () => {
    expect((await refusal(readGltf(folder.path))).code).toBe("scene-missing");
  });

  const whole = triangleGlb();
  it.each([4, 11, 12, 16, 19, 20, 100, whole.length - 1])(
    "a .glb cut off after %i bytes → scene-broken",
    async (length) => {
      expect((await refused(whole.slice(0, length))).code).toBe("scene-broken");
    },
  );

  it("a .glb of version 1 → scene-broken", async () => {
    const bytes = whole.slice();
    bytes[4] = 1;
    expect(await refused(bytes)).toMatchObject({ code: "scene-broken", message: expect.stringContaining("version 1") });
  });

  it.each([
    ["empty", ""],
    ["not JSON", "{ not json"],
    ["not UTF-8", Uint8Array.of(0x7b, 0xff, 0xfe)],
    ["JSON without asset", "{}"],
    ["JSON null", "null"],
    ["an array", "[]"],
  ])("a file that is %s → scene-broken", async (_, content) => {
    expect((await refused(content)).code).toBe("scene-broken");
  });

  it("glTF 1.0 → scene-unsupported", async () => {
    expect((await refused({ asset: { version: "1.0" } })).code).toBe("scene-unsupported");
  });

  it("a binary chunk that buffers[0] does not fit → scene-broken at the buffer", async () => {
    const json = { asset: { version: "2.0" }, buffers: [{ byteLength: 1000 }] };
    expect(await refused(glbOf(json, new Uint8Array(16)))).toMatchObject({ code: "scene-broken", place: "buffers[0]" });
  });
});

describe("extensions", () => {
  it("required ones that are missing → scene-unsupported with all their names, before buffers are read", async () => {
    const extensionsRequired = ["KHR_texture_transform", "KHR_materials_volume", "ACME_magic"];
    const content = { asset: { version: "2.0" }, extensionsRequired, buffers: [{ uri: "missing.bin", byteLength: 4 }] };
    const { code, message } = await refused(content);
    expect(code).toBe("scene-unsupported");
    expect(message).toContain("KHR_materials_volume, ACME_magic");
    expect(message).not.toContain("KHR_texture_transform");
  });

  it("used ones that are ignored → one notice each, and the scene is read", async () => {
    const extensionsUsed = ["KHR_materials_volume", "ACME_magic", "ACME_magic"];
    const { notices } = await readGltf(await folder.write("ignored.glb", triangleGlb({ extensionsUsed })));
    expect(notices).toHaveLength(2);
    expect(notices[0]).toContain("thin-walled");
  });
});

describe("files that a scene names", () => {
  it.each<[string, ErrorCode]>([
    ["missing.bin", "scene-missing"],
    ["../outside.bin", "scene-unsupported"],
    ["folder/../../outside.bin", "scene-unsupported"],
    ["..%2Foutside.bin", "scene-unsupported"],
    ["..\\outside.bin", "scene-unsupported"],
    ["/etc/passwd", "scene-unsupported"],
    ["file:///etc/passwd", "scene-unsupported"],
    ["http://example.com/x.bin", "scene-unsupported"],
    ["%ZZ.bin", "scene-broken"],
    ["a\0b", "scene-unsupported"],
    ["data:nonsense", "scene-broken"],
  ])("buffer URI %j → %s at buffers[0]", async (uri, code) => {
    const content = { asset: { version: "2.0" }, buffers: [{ uri, byteLength: 4 }] };
    expect(await refused(content)).toMatchObject({ code, place: "buffers[0]" });
  });

  it("a buffer file that is too short → scene-broken with both sizes", async () => {
    await folder.write("short.bin", Uint8Array.of(1, 2, 3));
    const { code, message } = await refused({
      asset: { version: "2.0" },
      buffers: [{ uri: "short.bin", byteLength: 4 }],
    });
    expect(code).toBe("scene-broken");
    expect(message).toBe("The buffer has 3 bytes, 4 are declared");
  });

  const image = (source: Json) =>
    withTriangle((gltf) => ({
      meshes: [
        {
          primitives: [
            { attributes: { POSITION: 0, TEXCOORD_0: gltf.floats([0, 0, 1, 0, 0, 1], "VEC2") }, material: 0 },
          ],
        },
      ],
      images: [source],
      textures: [{ source: 0 }],
      materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    }));

  it("a missing image → scene-missing at images[0]", async () => {
    expect(await refused(image({ uri: "none.png" }))).toMatchObject({ code: "scene-missing", place: "images[0]" });
  });

  it("an image that is no picture → scene-unsupported naming image and file", async () => {
    await folder.write("text.png", "hello");
    expect(await refused(image({ uri: "text.png" }))).toMatchObject({
      code: "scene-unsupported",
      place: "images[0] (text.png)",
    });
  });

  it("a PNG that breaks off → scene-broken naming image and file", async () => {
    const header = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk", "base64");
    await folder.write("cut.png", header);
    expect(await refused(image({ uri: "cut.png" }))).toMatchObject({
      code: "scene-broken",
      place: "images[0] (cut.png)",
    });
  });

  it("an image with neither uri nor view → scene-broken", async () => {
    expect(await refused(image({}))).toMatchObject({ code: "scene-broken", place: "images[0]" });
  });
});

describe("accessors and primitives", () => {
  it.each<[string, Json, string]>([
    ["an accessor over the end of its view", { count: 4 }, "accessors[0]"],
    ["an offset over the end of its view", { byteOffset: 4 }, "accessors[0]"],
    ["positions that are VEC2", { type: "VEC2" }, "meshes[0].primitives[0].attributes.POSITION"],
    ["an unknown component type", { componentType: 5130 }, "accessors[0].componentType"],
    ["a count of zero", { count: 0 }, "accessors[0].count"],
    ["a count that is not whole", { count: 2.5 }, "accessors[0].count"],
    ["a buffer view that is not there", { bufferView: 7 }, "accessors[0]"],
  ])("%s → scene-broken at %s", async (_, change, place) => {
    const content = builtGlb((gltf) => {
      gltf.floats(triangle, "VEC3", change);
      return { nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }] };
    });
    expect(await refused(content)).toMatchObject({ code: "scene-broken", place });
  });

  it("a view over the end of its buffer → scene-broken at the view", async () => {
    const content = withTriangle((gltf) => {
      gltf.bufferViews[0]!.byteOffset = 8;
      return {};
    });
    expect(await refused(content)).toMatchObject({ code: "scene-broken", place: "bufferViews[0]" });
  });

  it.each([NaN, Infinity, -Infinity])("a position that is %d → scene-broken with the element", async (bad) => {
    const content = builtGlb((gltf) => {
      gltf.floats([0, 0, 0, 1, bad, 0, 0, 1, 0], "VEC3");
      return { nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }] };
    });
    const { place, message } = await refused(content);
    expect(place).toBe("accessors[0]");
    expect(message).toContain("Element 1");
  });

  it("an index that is no vertex → scene-broken at the primitive's indices", async () => {
    const content = withTriangle((gltf, POSITION) => ({
      meshes: [
        { primitives: [{ attributes: { POSITION }, indices: gltf.accessor(Uint16Array.of(0, 1, 3), "SCALAR") }] },
      ],
    }));
    const { place, message } = await refused(content);
    expect(place).toBe("meshes[0].primitives[0].indices");
    expect(message).toBe("Index 2 is 3, but there are 3 vertices");
  });

  it("two corners left over → scene-broken", async () => {
    const content = withTriangle((gltf, POSITION) => ({
      meshes: [
        { primitives: [{ attributes: { POSITION }, indices: gltf.accessor(Uint16Array.of(0, 1, 2, 0, 1), "SCALAR") }] },
      ],
    }));
    expect(await refused(content)).toMatchObject({ code: "scene-broken", place: "meshes[0].primitives[0]" });
  });

  it("normals of another count than positions → scene-broken at the attribute", async () => {
    const content = withTriangle((gltf, POSITION) => ({
      meshes: [{ primitives: [{ attributes: { POSITION, NORMAL: gltf.floats([0, 0, 1], "VEC3") } }] }],
    }));
    expect(await refused(content)).toMatchObject({
      code: "scene-broken",
      place: "meshes[0].primitives[0].attributes.NORMAL",
    });
  });

  it("a sparse index beyond the accessor → scene-broken", async () => {
    const content = builtGlb((gltf) => {
      const indices = { bufferView: gltf.view(Uint8Array.of(3)), componentType: 5121 };
      const values = { bufferView: gltf.view(new Uint8Array(12)) };
      gltf.floats(triangle, "VEC3", { sparse: { count: 1, indices, values } });
      return { nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }] };
    });
    expect(await refused(content)).toMatchObject({ code: "scene-broken", place: "accessors[0].sparse.indices" });
  });

  it("an accessor of absurd size without bytes behind it → limit-exceeded, nothing allocated", async () => {
    const content = {
      asset: { version: "2.0" },
      accessors: [{ componentType: 5126, type: "VEC3", count: 2 ** 40 }],
      nodes: [{ mesh: 0 }],
      meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    };
    expect((await refused(content)).code).toBe("limit-exceeded");
  });

  it("a buffer of absurd size → limit-exceeded", async () => {
    const content = { asset: { version: "2.0" }, buffers: [{ uri: "x.bin", byteLength: 2 ** 50 }] };
    expect((await refused(content)).code).toBe("limit-exceeded");
  });

  it("a scene without triangles → scene-broken", async () => {
    for (const content of [
      { asset: { version: "2.0" } },
      { asset: { version: "2.0" }, nodes: [{}], scenes: [{ nodes: [0] }] },
    ]) {
      expect(await refused(content)).toMatchObject({ code: "scene-broken", message: "The scene shows no triangles" });
    }
  });
});

describe("nodes and materials", () => {
  it.each<[string, Json, string]>([
    ["a node that is its own child", { nodes: [{ mesh: 0, children: [0] }] }, "nodes[0]"],
    ["a circle of nodes", { nodes: [{ children: [1] }, { children: [2], mesh: 0 }, { children: [0] }] }, "nodes[0]"],
    ["a node with two parents", { nodes: [{ children: [2] }, { children: [2] }, { mesh: 0 }] }, "nodes[1].children[0]"],
    ["a child that is not there", { nodes: [{ children: [5], mesh: 0 }] }, "nodes[0].children[0]"],
    ["a mesh that is not there", { nodes: [{ mesh: 5 }] }, "nodes[0].mesh"],
    ["a scene that is not there", { scene: 3 }, "scene"],
    ["a scene that shows a node twice", { scenes: [{ nodes: [0, 0] }] }, "scenes[0].nodes[1]"],
    ["a camera that is not there", { nodes: [{ mesh: 0, camera: 0 }] }, "nodes[0].camera"],
    ["a matrix of 15 numbers", { nodes: [{ mesh: 0, matrix: new Array(15).fill(1) }] }, "nodes[0].matrix"],
    ["a projective matrix", { nodes: [{ mesh: 0, matrix: new Array(16).fill(1) }] }, "nodes[0].matrix"],
    ["a transform beyond float32", { nodes: [{ mesh: 0, scale: [1e200, 1, 1] }] }, "nodes[0]"],
    [
      "a field of view of 4 rad",
      { cameras: [{ type: "perspective", perspective: { yfov: 4, znear: 1 } }] },
      "cameras[0].perspective.yfov",
    ],
    [
      "a metallic factor of 2",
      { materials: [{ pbrMetallicRoughness: { metallicFactor: 2 } }] },
      "materials[0].pbrMetallicRoughness.metallicFactor",
    ],
  ])("%s → scene-broken at %s", async (_, change, place) => {
    expect(await refused(triangleGlb(change))).toMatchObject({ code: "scene-broken", place });
  });

  it.each<[string, Json, string]>([
    [
      "a texture that is not there",
      { materials: [{ emissiveTexture: { index: 3 } }] },
      "materials[0].emissiveTexture.index",
    ],
    [
      "an ior below 1",
      { materials: [{ extensions: { KHR_materials_ior: { ior: 0.5 } } }] },
      "materials[0].extensions.KHR_materials_ior.ior",
    ],
    ["a material that is not there", { materials: [] }, "meshes[0].primitives[0].material"],
  ])("%s → scene-broken at %s", async (_, change, place) => {
    expect(await refused(triangleGlb(change, { material: 0 }))).toMatchObject({ code: "scene-broken", place });
  });

  it("ten thousand nodes in one chain → scene-broken, not a stack overflow", async () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => (i < 9999 ? { children: [i + 1] } : { mesh: 0 }));
    expect((await refused(triangleGlb({ nodes }))).message).toContain("nodeDepthMax");
  });

  it("a third uv set → scene-unsupported", async () => {
    const content = triangleGlb(
      {
        materials: [{ emissiveTexture: { index: 0, texCoord: 2 } }],
        textures: [{ source: 0 }],
        images: [{ uri: "x.png" }],
      },
      { material: 0 },
    );
    expect(await refused(content)).toMatchObject({ code: "scene-unsupported", place: "materials[0].emissiveTexture" });
  });

  it("a light that is not there → scene-broken at the node", async () => {
    const nodes = [{ mesh: 0, extensions: { KHR_lights_punctual: { light: 1 } } }];
    expect(await refused(triangleGlb({ nodes }))).toMatchObject({
      code: "scene-broken",
      place: "nodes[0].extensions.KHR_lights_punctual",
    });
  });
});
