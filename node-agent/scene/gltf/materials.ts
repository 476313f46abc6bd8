// Reads glTF's materials with their extensions into the scene's layered surface.
import { z } from "zod";
import type { AlphaMode, Material, TextureUse, Vector3 } from "../description.ts";
import { type GltfMaterial, type GltfTextureReference, textureReferenceSchema } from "./gltf-json.ts";
import { type GltfSource, unsupportedScene } from "./gltf-source.ts";
import type { TextureTable } from "./textures.ts";

const factor = z.number().min(0).max(1);
const color = z.array(z.number().min(0)).length(3);
const reference = textureReferenceSchema.optional();

const extensionSchemas = {
  emissive_strength: z.object({ emissiveStrength: z.number().min(0).default(1) }),
  ior: z.object({ ior: z.union([z.literal(0), z.number().min(1)]).default(1.5) }),
  specular: z.object({
    specularFactor: factor.default(1),
    specularTexture: reference,
    specularColorFactor: color.default([1, 1, 1]),
    specularColorTexture: reference,
  }),
  transmission: z.object({ transmissionFactor: factor.default(0), transmissionTexture: reference }),
  clearcoat: z.object({
    clearcoatFactor: factor.default(0),
    clearcoatTexture: reference,
    clearcoatRoughnessFactor: factor.default(0),
    clearcoatRoughnessTexture: reference,
    clearcoatNormalTexture: textureReferenceSchema.extend({ scale: z.number().default(1) }).optional(),
  }),
  sheen: z.object({
    sheenColorFactor: color.default([0, 0, 0]),
    sheenColorTexture: reference,
    sheenRoughnessFactor: factor.default(0),
    sheenRoughnessTexture: reference,
  }),
  unlit: z.object({}),
} as const;

const transformSchema = z.object({
  offset: z.array(z.number()).length(2).default([0, 0]),
  rotation: z.number().default(0),
  scale: z.array(z.number()).length(2).default([1, 1]),
  texCoord: z.int().min(0).optional(),
});

/** glTF's default material: what a primitive without one gets. */
export const defaultMaterial: Material = {
  name: "default",
  baseColor: [1, 1, 1],
  opacity: 1,
  alphaMode: { t: "opaque" },
  metallic: 1,
  roughness: 1,
  normalScale: 1,
  emissive: [0, 0, 0],
  ior: 1.5,
  specular: 1,
  specularColor: [1, 1, 1],
  transmission: 0,
  clearcoat: 0,
  clearcoatRoughness: 0,
  clearcoatNormalScale: 1,
  sheenColor: [0, 0, 0],
  sheenRoughness: 0,
  unlit: false,
  doubleSided: false,
};

/** `place` is `materials[i]`. Textures that the material uses are entered into `textures`. */
export function readMaterial(source: GltfSource, textures: TextureTable, index: number): Material {
  const material = source.json.materials[index]!;
  const place = `materials[${index}]`;
  const pbr = material.pbrMetallicRoughness;
  const extension = <Schema extends z.ZodType>(name: string, schema: Schema): z.infer<Schema> | undefined =>
    source.extension(material, name, schema, place);
  const use = (name: string, space: "srgb" | "linear", given: GltfTextureReference | undefined) =>
    textureUse(source, textures, `${place}.${name}`, space, given);
  const strength =
    extension("KHR_materials_emissive_strength", extensionSchemas.emissive_strength)?.emissiveStrength ?? 1;
  const specular = extension("KHR_materials_specular", extensionSchemas.specular);
  const transmission = extension("KHR_materials_transmission", extensionSchemas.transmission);
  const clearcoat = extension("KHR_materials_clearcoat", extensionSchemas.clearcoat);
  const sheen = extension("KHR_materials_sheen", extensionSchemas.sheen);
  return {
    name: material.name ?? place,
    baseColor: vector3(pbr.baseColorFactor),
    opacity: pbr.baseColorFactor[3]!,
    alphaMode: alphaMode(material),
    metallic: pbr.metallicFactor,
    roughness: pbr.roughnessFactor,
    normalScale: material.normalTexture?.scale ?? 1,
    emissive: vector3(material.emissiveFactor.map((value) => value * strength)),
    ior: extension("KHR_materials_ior", extensionSchemas.ior)?.ior ?? 1.5,
    specular: specular?.specularFactor ?? 1,
    specularColor: vector3(specular?.specularColorFactor ?? [1, 1, 1]),
    transmission: transmission?.transmissionFactor ?? 0,
    clearcoat: clearcoat?.clearcoatFactor ?? 0,
    clearcoatRoughness: clearcoat?.clearcoatRoughnessFactor ?? 0,
    clearcoatNormalScale: clearcoat?.clearcoatNormalTexture?.scale ?? 1,
    sheenColor: vector3(sheen?.sheenColorFactor ?? [0, 0, 0]),
    sheenRoughness: sheen?.sheenRoughnessFactor ?? 0,
    unlit: extension("KHR_materials_unlit", extensionSchemas.unlit) !== undefined,
    doubleSided: material.doubleSided,
    ...defined({
      baseColorTexture: use("pbrMetallicRoughness.baseColorTexture", "srgb", pbr.baseColorTexture),
      metallicRoughnessTexture: use(
        "pbrMetallicRoughness.metallicRoughnessTexture",
        "linear",
        pbr.metallicRoughnessTexture,
      ),
      normalTexture: use("normalTexture", "linear", material.normalTexture),
      emissiveTexture: use("emissiveTexture", "srgb", material.emissiveTexture),
      specularTexture: use("specularTexture", "linear", specular?.specularTexture),
      specularColorTexture: use("specularColorTexture", "srgb", specular?.specularColorTexture),
      transmissionTexture: use("transmissionTexture", "linear", transmission?.transmissionTexture),
      clearcoatTexture: use("clearcoatTexture", "linear", clearcoat?.clearcoatTexture),
      clearcoatRoughnessTexture: use("clearcoatRoughnessTexture", "linear", clearcoat?.clearcoatRoughnessTexture),
      clearcoatNormalTexture: use("clearcoatNormalTexture", "linear", clearcoat?.clearcoatNormalTexture),
      sheenColorTexture: use("sheenColorTexture", "srgb", sheen?.sheenColorTexture),
      sheenRoughnessTexture: use("sheenRoughnessTexture", "linear", sheen?.sheenRoughnessTexture),
    }),
  };
}

/** The material without the textures whose uv set the mesh lacks; the same object where it has all. */
export function withoutMissingTexcoords(material: Material, hasTexcoords: readonly [boolean, boolean]): Material {
  const missing = Object.entries(material).filter(
    ([key, use]) => key.endsWith("Texture") && !hasTexcoords[(use as TextureUse).texcoordSet],
  );
  if (missing.length === 0) return material;
  const absent = new Set(missing.map(([key]) => key));
  return Object.fromEntries(Object.entries(material).filter(([key]) => !absent.has(key))) as unknown as Material;
}

function alphaMode(material: GltfMaterial): AlphaMode {
  if (material.alphaMode === "MASK") return { t: "mask", cutoff: material.alphaCutoff };
  return { t: material.alphaMode === "BLEND" ? "blend" : "opaque" };
}

function textureUse(
  source: GltfSource,
  textures: TextureTable,
  place: string,
  colorSpace: "srgb" | "linear",
  given: GltfTextureReference | undefined,
): TextureUse | undefined {
  if (given === undefined) return undefined;
  const transform = source.extension(given, "KHR_texture_transform", transformSchema, place);
  const texcoordSet = transform?.texCoord ?? given.texCoord;
  if (texcoordSet !== 0 && texcoordSet !== 1) {
    const action = "Use the first two texture coordinate sets only.";
    throw unsupportedScene(
      source.path,
      place,
      `It uses TEXCOORD_${texcoordSet}; two sets, 0 and 1, are readable`,
      action,
    );
  }
  return {
    textureIndex: textures.enter(given.index, colorSpace, place),
    texcoordSet,
    uvTransform: transform === undefined ? [1, 0, 0, 0, 1, 0] : uvTransform(transform),
  };
}

/**
 * Scale, then a rotation that is counter-clockwise as the picture is seen (v grows downwards, so the sine's signs are
 * not the usual ones), then the offset. The README's GLSL has been published with both signs; this is what its text,
 * the Khronos sample viewer, three.js and Blender do.
 */
function uvTransform({ offset, rotation, scale }: z.infer<typeof transformSchema>): TextureUse["uvTransform"] {
  const [c, s] = [Math.cos(rotation), Math.sin(rotation)];
  return [c * scale[0]!, s * scale[1]!, offset[0]!, -s * scale[0]!, c * scale[1]!, offset[1]!];
}

function vector3(values: readonly number[]): Vector3 {
  return [values[0]!, values[1]!, values[2]!];
}

/** Without the absent ones: an optional property is absent, not undefined. */
function defined<Shape extends Record<string, unknown>>(
  shape: Shape,
): { [Key in keyof Shape]?: NonNullable<Shape[Key]> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Shape]?: NonNullable<Shape[Key]>;
  };
}
