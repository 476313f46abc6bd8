import { describe, expect, it } from "vitest";
import type { Material, Texture, TextureUse } from "../../../../../node-agent/scene/description.ts";
import { loadEmbreeTestAddon, type MaterialPoint } from "./embree-test-addon.ts";

const addon = loadEmbreeTestAddon();

type Picture = Omit<Texture, "name">;

/** Two texels side by side. */
function pair(left: readonly number[], right: readonly number[], colorSpace: "srgb" | "linear" = "linear"): Picture {
  const pixels = Uint8Array.from([...left, ...right]);
  return { widthPx: 2, heightPx: 1, pixels, colorSpace, wrapU: "repeat", wrapV: "repeat", filter: "nearest" };
}
function use(textureIndex = 0, texcoordSet: 0 | 1 = 0): TextureUse {
  return { textureIndex, texcoordSet, uvTransform: [1, 0, 0, 0, 1, 0] };
}
function at(textures: readonly Picture[], material: Partial<Material>, point: MaterialPoint = {}) {
  return addon.material(textures, material, { uv0: [0.25, 0.5, 0], uv1: [0.75, 0.5, 0], ...point });
}

const OPAQUE_RIGHT = pair([255, 0, 0, 51], [0, 255, 0, 255]);

describe("factors, textures and vertex colours", () => {
  it("base colour is their product, and never above 1", () => {
    const material = { baseColor: [0.5, 0.5, 0.5] as const, baseColorTexture: use() };
    expect(at([OPAQUE_RIGHT], material, { color: [0.5, 1, 1] }).baseColor).toEqual([0.25, 0, 0]);
    expect(at([OPAQUE_RIGHT], material, { color: [4, 1, 1] }).baseColor).toEqual([1, 0, 0]);
  });

  it("each use has its own texcoord set and transform", () => {
    const rotated: TextureUse = { textureIndex: 0, texcoordSet: 0, uvTransform: [0, 1, 0.25, -1, 0, 1] };
    expect(at([OPAQUE_RIGHT], { baseColorTexture: use(0, 1) }).baseColor).toEqual([0, 1, 0]);
    // u' = v + 0.25 = 0.75.
    expect(at([OPAQUE_RIGHT], { baseColorTexture: rotated }).baseColor).toEqual([0, 1, 0]);
  });

  it("every texture multiplies its factor from the channel that glTF gives it", () => {
    const channels = pair([51, 102, 153, 204], [0, 0, 0, 0]);
    const result = at([channels], {
      metallic: 1,
      roughness: 0.5,
      metallicRoughnessTexture: use(),
      specular: 0.5,
      specularTexture: use(),
      specularColorTexture: use(),
      transmission: 0.5,
      transmissionTexture: use(),
      clearcoat: 1,
      clearcoatTexture: use(),
      clearcoatRoughness: 1,
      clearcoatRoughnessTexture: use(),
      sheenColor: [1, 1, 1],
      sheenColorTexture: use(),
      sheenRoughness: 1,
      sheenRoughnessTexture: use(),
    });
    const near = (actual: number, expected: number) => expect(actual).toBeCloseTo(expected, 6);
    near(result.metallic, 0.6);
    near(result.roughness, 0.2);
    near(result.specular, 0.4);
    near(result.specularColor[1], 0.4);
    near(result.transmission, 0.1);
    near(result.clearcoat, 0.2);
    near(result.clearcoatRoughness, 0.4);
    near(result.sheenColor[2], 0.6);
    near(result.sheenRoughness, 0.8);
  });
});

describe("opacity", () => {
  it("opaque materials ignore alpha", () => {
    const result = at([OPAQUE_RIGHT], { baseColorTexture: use(), opacity: 0.1 });
    expect(result.opacity).toBe(1);
    expect(result.isOpaque).toBe(true);
  });

  it("blended ones multiply factor, texture and vertex alpha", () => {
    const material: Partial<Material> = { alphaMode: { t: "blend" }, baseColorTexture: use(), opacity: 0.5 };
    expect(at([OPAQUE_RIGHT], material, { alpha: 0.5 }).opacity).toBeCloseTo(0.05, 6);
    expect(at([OPAQUE_RIGHT], material).isOpaque).toBe(false);
  });

  it("masked ones are there from the cutoff on", () => {
    const masked = (cutoff: number): Partial<Material> => ({
      alphaMode: { t: "mask", cutoff },
      baseColorTexture: use(),
    });
    expect(at([OPAQUE_RIGHT], masked(0.19)).opacity).toBe(1);
    expect(at([OPAQUE_RIGHT], masked(0.21)).opacity).toBe(0);
    expect(at([OPAQUE_RIGHT], masked(1), { uv0: [0.75, 0.5, 0] }).opacity).toBe(1);
    expect(at([{ ...OPAQUE_RIGHT, filter: "linear" }], masked(1), { uv0: [0.75, 0.5, 0] }).opacity).toBe(1);
  });

  it("a blended material whose texture is solid throughout counts as opaque", () => {
    const solid = pair([9, 9, 9, 255], [0, 0, 0, 255]);
    expect(at([solid], { alphaMode: { t: "blend" }, baseColorTexture: use() }).isOpaque).toBe(true);
    expect(at([solid], { alphaMode: { t: "blend" }, opacity: 0.5 }).isOpaque).toBe(false);
    expect(at([OPAQUE_RIGHT], { alphaMode: { t: "mask", cutoff: 0.5 }, baseColorTexture: use() }).isOpaque).toBe(false);
  });
});

describe("emission", () => {
  it("is factor times texture; black where there is none", () => {
    expect(at([OPAQUE_RIGHT], { emissive: [10, 10, 10], emissiveTexture: use() }).emission).toEqual([10, 0, 0]);
    expect(at([], {}).emission).toEqual([0, 0, 0]);
    expect(at([], {}).isEmissive).toBe(false);
  });

  it("of an unlit material is its base colour", () => {
    const result = at([], { unlit: true, baseColor: [0.1, 0.5, 2] }, { color: [1, 0.5, 1] });
    expect(result.emission.map((x) => Math.round(x * 1000))).toEqual([100, 250, 2000]);
    expect(result.isEmissive).toBe(true);
  });
});

describe("normals", () => {
  const leaning = pair([255, 128, 128, 255], [128, 255, 255, 255]);
  const space: MaterialPoint = { normal: [0, 0, 1], tangent: [3, 0, 0], handedness: 1 };

  it("red leans along the tangent, whatever its length", () => {
    const { shadingNormal } = at([leaning], { normalTexture: use() }, space);
    expect(shadingNormal[0]).toBeGreaterThan(0.99);
    expect(Math.hypot(...shadingNormal)).toBeCloseTo(1, 6);
  });

  it("green leans along cross(normal, tangent), turned by the handedness", () => {
    const right = { ...space, uv0: [0.75, 0.5, 0] as const };
    expect(at([leaning], { normalTexture: use() }, right).shadingNormal[1]).toBeCloseTo(Math.SQRT1_2, 2);
    const left = { ...right, handedness: -1 };
    expect(at([leaning], { normalTexture: use() }, left).shadingNormal[1]).toBeCloseTo(-Math.SQRT1_2, 2);
  });

  it("the scale acts on x and y, and 0 leaves the flat normal", () => {
    const right = { ...space, uv0: [0.75, 0.5, 0] as const };
    const half = at([leaning], { normalTexture: use(), normalScale: 0.5 }, right).shadingNormal;
    expect(half[1] / half[2]).toBeCloseTo(0.5, 2);
    const flat = at([leaning], { normalTexture: use(), normalScale: 0 }, right).shadingNormal;
    expect(flat).toEqual([0, 0, 1]);
  });

  it("without a tangent, or with nothing in the texture, the interpolated normal stays", () => {
    expect(at([leaning], { normalTexture: use() }, { normal: [0, 1, 0] }).shadingNormal).toEqual([0, 1, 0]);
    expect(at([leaning], {}, { ...space, normal: [0, 1, 0] }).shadingNormal).toEqual([0, 1, 0]);
  });

  it("the coat has its own texture and does not follow the base's", () => {
    const result = at([leaning], { normalTexture: use(), clearcoat: 1 }, space);
    expect(result.clearcoatNormal).toEqual([0, 0, 1]);
    expect(at([leaning], { clearcoatNormalTexture: use() }, space).clearcoatNormal[0]).toBeGreaterThan(0.99);
  });
});
