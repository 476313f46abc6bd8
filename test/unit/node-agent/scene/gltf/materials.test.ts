// Materials, textures, normals and tangents as they arrive in the scene form.
import sharp from "sharp";
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
async function read(glb: Uint8Array): Promise<SceneDescription & { notices: readonly string[] }> {
  const { scene, notices } = await readGltf(await folder.write(`material-${fileCount++}.glb`, glb));
  return { ...scene, notices };
}

const triangle = [0, 0, 0, 1, 0, 0, 0, 1, 0];

/** A textured triangle: `image` in the buffer, textures as given, uv set 0 over the triangle. */
function texturedGlb(image: Uint8Array, material: Json, more: Json = {}, attributes: Json = {}): Uint8Array {
  const gltf = new SmallGltf();
  const POSITION = gltf.floats(triangle, "VEC3");
  const TEXCOORD_0 = gltf.floats([0, 1, 1, 1, 0, 0], "VEC2");
  const bufferView = gltf.view(image);
  return gltf.glb({
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION, TEXCOORD_0, ...attributes }, material: 0 }] }],
    images: [{ bufferView, name: "picture" }],
    textures: [{ source: 0 }],
    materials: [material],
    ...more,
  });
}

function png(channels: 3 | 4, widthPx: number, heightPx: number, samples: readonly number[]): Promise<Buffer> {
  return sharp(Uint8Array.from(samples), { raw: { width: widthPx, height: heightPx, channels } })
    .png()
    .toBuffer();
}

describe("factors", () => {
  it("no material → glTF's default: white, metallic, rough", async () => {
    const { materials, meshes } = await read(triangleGlb());
    expect(materials[meshes[0]!.materialIndex]).toMatchObject({
      baseColor: [1, 1, 1],
      metallic: 1,
      roughness: 1,
      opacity: 1,
    });
  });

  it("all extensions at once → each in its place", async () => {
    const material = {
      name: "everything",
      pbrMetallicRoughness: { baseColorFactor: [0.1, 0.2, 0.3, 0.4], metallicFactor: 0.5, roughnessFactor: 0.6 },
      emissiveFactor: [1, 0.5, 0.25],
      alphaMode: "MASK",
      alphaCutoff: 0.3,
      doubleSided: true,
      extensions: {
        KHR_materials_emissive_strength: { emissiveStrength: 8 },
        KHR_materials_ior: { ior: 1.33 },
        KHR_materials_transmission: { transmissionFactor: 0.9 },
        KHR_materials_clearcoat: { clearcoatFactor: 0.7, clearcoatRoughnessFactor: 0.2 },
        KHR_materials_specular: { specularFactor: 0.8, specularColorFactor: [1, 0.9, 2] },
        KHR_materials_sheen: { sheenColorFactor: [0.3, 0.2, 0.1], sheenRoughnessFactor: 0.4 },
      },
    };
    const { materials } = await read(triangleGlb({ materials: [material] }, { material: 0 }));
    expect(materials).toEqual([
      {
        name: "everything",
        baseColor: [0.1, 0.2, 0.3],
        opacity: 0.4,
        metallic: 0.5,
        roughness: 0.6,
        normalScale: 1,
        emissive: [8, 4, 2],
        alphaMode: { t: "mask", cutoff: 0.3 },
        doubleSided: true,
        ior: 1.33,
        transmission: 0.9,
        clearcoat: 0.7,
        clearcoatRoughness: 0.2,
        clearcoatNormalScale: 1,
        specular: 0.8,
        specularColor: [1, 0.9, 2],
        sheenColor: [0.3, 0.2, 0.1],
        sheenRoughness: 0.4,
        unlit: false,
      },
    ]);
  });

  it("KHR_materials_unlit and alphaMode BLEND → unlit, blend", async () => {
    const material = { alphaMode: "BLEND", extensions: { KHR_materials_unlit: {} } };
    const { materials } = await read(triangleGlb({ materials: [material] }, { material: 0 }));
    expect(materials[0]).toMatchObject({ unlit: true, alphaMode: { t: "blend" } });
  });

  it("rgb vertex colours as normalised bytes → linear rgba with alpha 1", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const bufferView = gltf.view(Uint8Array.of(255, 0, 0, 0, 0, 255, 0, 0, 51, 51, 51, 0), { byteStride: 4 });
    gltf.accessors.push({ bufferView, componentType: 5121, type: "VEC3", count: 3, normalized: true });
    const { meshes } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION, COLOR_0: 1 } }] }] }),
    );
    expect([...meshes[0]!.colors!]).toEqual([1, 0, 0, 1, 0, 1, 0, 1, 0.2, 0.2, 0.2, 1].map(Math.fround));
  });
});

describe("textures", () => {
  it("one image as colour and as numbers, in two samplers → decoded once, textures share its pixels", async () => {
    const image = await png(4, 2, 1, [1, 2, 3, 4, 250, 251, 252, 253]);
    const material = {
      pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 1 } },
      emissiveTexture: { index: 2 },
    };
    const { textures, materials } = await read(
      texturedGlb(image, material, {
        textures: [{ source: 0 }, { source: 0 }, { source: 0, sampler: 0 }],
        samplers: [{ wrapS: 33071, wrapT: 33648, magFilter: 9728 }],
      }),
    );
    expect(textures.map(({ colorSpace, wrapU, wrapV, filter }) => [colorSpace, wrapU, wrapV, filter])).toEqual([
      ["srgb", "repeat", "repeat", "linear"],
      ["linear", "repeat", "repeat", "linear"],
      ["srgb", "clamp", "mirror", "nearest"],
    ]);
    expect([...textures[0]!.pixels]).toEqual([1, 2, 3, 4, 250, 251, 252, 253]);
    expect(textures[1]!.pixels).toBe(textures[0]!.pixels);
    expect(textures[2]!.pixels).toBe(textures[0]!.pixels);
    expect(materials[0]!.metallicRoughnessTexture).toEqual({
      textureIndex: 1,
      texcoordSet: 0,
      uvTransform: [1, 0, 0, 0, 1, 0],
    });
  });

  it.each([
    [
      "grey",
      async () =>
        sharp(Uint8Array.of(0, 128, 255, 7), { raw: { width: 2, height: 2, channels: 1 } })
          .toColourspace("b-w")
          .png()
          .toBuffer(),
    ],
    [
      "16-bit",
      async () =>
        sharp(Uint16Array.of(0, 128 * 257, 65535, 7 * 257), { raw: { width: 2, height: 2, channels: 1 } })
          .toColourspace("grey16")
          .png()
          .toBuffer(),
    ],
  ] as const)("a %s PNG → 8-bit rgba with the same values", async (_, make) => {
    const { textures } = await read(
      texturedGlb(await make(), { pbrMetallicRoughness: { metallicRoughnessTexture: { index: 0 } } }),
    );
    const grey = [0, 128, 255, 7];
    expect([...textures[0]!.pixels]).toEqual(grey.flatMap((value) => [value, value, value, 255]));
  });

  it("a PNG with a colour profile → its samples as they are", async () => {
    const samples = [10, 100, 200, 255, 255, 20, 30, 128];
    const raw = sharp(Uint8Array.from(samples), { raw: { width: 2, height: 1, channels: 4 } });
    const untouched = await raw.png().toBuffer();
    const tagged = await sharp(untouched).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    const { textures } = await read(texturedGlb(tagged, { pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }));
    expect([...textures[0]!.pixels]).toEqual([...stored]);
  });

  it("JPEG, and WebP through EXT_texture_webp → decoded", async () => {
    const picture = sharp({ create: { width: 16, height: 8, channels: 3, background: { r: 200, g: 100, b: 50 } } });
    const material = { pbrMetallicRoughness: { baseColorTexture: { index: 0 } } };
    const jpeg = await read(texturedGlb(await picture.clone().jpeg({ quality: 100 }).toBuffer(), material));
    const webp = await read(
      texturedGlb(await picture.clone().webp({ lossless: true }).toBuffer(), material, {
        extensionsUsed: ["EXT_texture_webp"],
        extensionsRequired: ["EXT_texture_webp"],
        textures: [{ extensions: { EXT_texture_webp: { source: 0 } } }],
      }),
    );
    for (const { textures } of [jpeg, webp]) {
      expect(textures[0]).toMatchObject({ widthPx: 16, heightPx: 8 });
      for (const [k, value] of [200, 100, 50, 255].entries())
        expect(Math.abs(textures[0]!.pixels[k]! - value)).toBeLessThan(3);
    }
  });

  it("KHR_texture_transform → scale, then the rotation counter-clockwise as seen, then the offset; its uv set wins", async () => {
    const image = await png(3, 1, 1, [1, 2, 3]);
    const KHR_texture_transform = { offset: [0.5, 0.25], rotation: Math.PI / 2, scale: [2, 3], texCoord: 1 };
    const material = {
      pbrMetallicRoughness: { baseColorTexture: { index: 0, extensions: { KHR_texture_transform } } },
    };
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const TEXCOORD_1 = gltf.floats([0, 0, 1, 0, 0, 1], "VEC2");
    const bufferView = gltf.view(image);
    const { materials } = await read(
      gltf.glb({
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION, TEXCOORD_1 }, material: 0 }] }],
        images: [{ bufferView }],
        textures: [{ source: 0 }],
        materials: [material],
      }),
    );
    const { uvTransform, texcoordSet } = materials[0]!.baseColorTexture!;
    expect(texcoordSet).toBe(1);
    // (u, v) = (1, 0) is scaled to (2, 0), turned up (v downwards!) to (0, −2), moved.
    for (const [i, value] of [0, 3, 0.5, -2, 0, 0.25].entries()) expect(uvTransform[i]).toBeCloseTo(value, 12);
  });

  it("a mesh without the uv set that its material uses → a material of its own without that texture, with a notice", async () => {
    const image = await png(3, 1, 1, [1, 2, 3]);
    const { materials, notices, textures } = await read(
      texturedGlb(image, { name: "m", pbrMetallicRoughness: { baseColorTexture: { index: 0, texCoord: 1 } } }),
    );
    expect(materials.at(-1)!.baseColorTexture).toBeUndefined();
    expect(notices).toEqual([expect.stringContaining("lacks texture coordinates")]);
    expect(textures.length).toBeLessThanOrEqual(1);
  });

  it("the same image used for the sampled colours of two materials → one texture", async () => {
    const image = await png(3, 1, 1, [1, 2, 3]);
    const material = { emissiveTexture: { index: 0 }, pbrMetallicRoughness: { baseColorTexture: { index: 1 } } };
    const { textures } = await read(texturedGlb(image, material, { textures: [{ source: 0 }, { source: 0 }] }));
    expect(textures).toHaveLength(1);
  });
});

describe("normals and tangents", () => {
  const normalMapped = { normalTexture: { index: 0, scale: 0.5 } };
  const flat = () => png(3, 1, 1, [128, 128, 255]);

  it("no normals and no normal texture → none: the renderer shades flat", async () => {
    const { meshes } = await read(triangleGlb());
    expect(meshes[0]!.normals).toBeUndefined();
    expect(meshes[0]!.tangents).toBeUndefined();
  });

  it("a normal texture without normals and tangents → flat normals, tangents along +u", async () => {
    const { meshes, materials } = await read(texturedGlb(await flat(), normalMapped));
    expect(materials[0]!.normalScale).toBe(0.5);
    expect([...meshes[0]!.normals!]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
    // u grows along +x and v, downwards, along −y: with n × t = +y the bitangent, up, is on the positive side.
    expect([...meshes[0]!.tangents!]).toEqual([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
  });

  it("a mirrored uv → the other handedness", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const TEXCOORD_0 = gltf.floats([1, 1, 0, 1, 1, 0], "VEC2");
    const bufferView = gltf.view(await flat());
    const { meshes } = await read(
      gltf.glb({
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION, TEXCOORD_0 }, material: 0 }] }],
        images: [{ bufferView }],
        textures: [{ source: 0 }],
        materials: [normalMapped],
      }),
    );
    expect([...meshes[0]!.tangents!.subarray(0, 4)]).toEqual([-1, 0, 0, -1]);
  });

  it("tangents are made for a welded square → its vertices stay shared", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0], "VEC3");
    const NORMAL = gltf.floats([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1], "VEC3");
    const TEXCOORD_0 = gltf.floats([0, 1, 1, 1, 0, 0, 1, 0], "VEC2");
    const indices = gltf.accessor(Uint16Array.of(0, 1, 2, 2, 1, 3), "SCALAR");
    const bufferView = gltf.view(await flat());
    const { meshes } = await read(
      gltf.glb({
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION, NORMAL, TEXCOORD_0 }, indices, material: 0 }] }],
        images: [{ bufferView }],
        textures: [{ source: 0 }],
        materials: [normalMapped],
      }),
    );
    expect(meshes[0]!.positions).toHaveLength(12);
    expect(meshes[0]!.indices).toHaveLength(6);
  });

  it("given tangents but no normal texture → dropped; given ones with it → kept", async () => {
    const attributes = (gltf: SmallGltf) => ({
      POSITION: gltf.floats(triangle, "VEC3"),
      NORMAL: gltf.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], "VEC3"),
      TANGENT: gltf.floats([0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1], "VEC4"),
      TEXCOORD_0: gltf.floats([0, 1, 1, 1, 0, 0], "VEC2"),
    });
    const plain = new SmallGltf();
    const without = await read(
      plain.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: attributes(plain) }] }] }),
    );
    expect(without.meshes[0]!.tangents).toBeUndefined();
    const mapped = new SmallGltf();
    const bufferView = mapped.view(await flat());
    const kept = await read(
      mapped.glb({
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: attributes(mapped), material: 0 }] }],
        images: [{ bufferView }],
        textures: [{ source: 0 }],
        materials: [normalMapped],
      }),
    );
    expect([...kept.meshes[0]!.tangents!]).toEqual([0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1]);
  });

  it("normals as bytes that are not unit length, one of them zero → unit length, the zero one its triangle's, with a notice", async () => {
    const gltf = new SmallGltf();
    const POSITION = gltf.floats(triangle, "VEC3");
    const bytes = new Uint8Array(Int8Array.of(90, 0, 90, 0, 0, 0, 0, 0, 0, 0, 127, 0).buffer);
    const bufferView = gltf.view(bytes, { byteStride: 4 });
    gltf.accessors.push({ bufferView, componentType: 5120, type: "VEC3", count: 3, normalized: true });
    const { meshes, notices } = await read(
      gltf.glb({ nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION, NORMAL: 1 } }] }] }),
    );
    const expected = [Math.SQRT1_2, 0, Math.SQRT1_2, 0, 0, 1, 0, 0, 1];
    for (const [i, value] of meshes[0]!.normals!.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    expect(notices).toEqual(["1 normals of length 0 are replaced by their triangles' own"]);
  });
});
