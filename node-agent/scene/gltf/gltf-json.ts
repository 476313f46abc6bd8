// The JSON part of a glTF 2.0 file as this reader needs it: the shape is checked once, here, with the place of every
// mistake; what is not listed is not read. Whether indices point at something is checked where they are followed.
import { z } from "zod";

const index = z.int().min(0);
const count = z.int().min(1);
const name = z.string().optional();
const extensions = z.record(z.string(), z.unknown()).optional();
const vector = (length: number) => z.array(z.number()).length(length);

export const textureReferenceSchema = z.object({ index, texCoord: index.default(0), extensions });
const normalReferenceSchema = textureReferenceSchema.extend({ scale: z.number().default(1) });

const accessorSchema = z.object({
  name,
  bufferView: index.optional(),
  byteOffset: index.default(0),
  componentType: z.literal([5120, 5121, 5122, 5123, 5125, 5126]),
  normalized: z.boolean().default(false),
  count,
  type: z.enum(["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]),
  sparse: z
    .object({
      count,
      indices: z.object({
        bufferView: index,
        byteOffset: index.default(0),
        componentType: z.literal([5121, 5123, 5125]),
      }),
      values: z.object({ bufferView: index, byteOffset: index.default(0) }),
    })
    .optional(),
});

const bufferViewSchema = z.object({
  buffer: index,
  byteOffset: index.default(0),
  byteLength: count,
  byteStride: z.int().min(4).max(252).optional(),
  extensions,
});

const materialSchema = z.object({
  name,
  pbrMetallicRoughness: z
    .object({
      baseColorFactor: vector(4).default([1, 1, 1, 1]),
      baseColorTexture: textureReferenceSchema.optional(),
      metallicFactor: z.number().min(0).max(1).default(1),
      roughnessFactor: z.number().min(0).max(1).default(1),
      metallicRoughnessTexture: textureReferenceSchema.optional(),
    })
    .default({ baseColorFactor: [1, 1, 1, 1], metallicFactor: 1, roughnessFactor: 1 }),
  normalTexture: normalReferenceSchema.optional(),
  emissiveTexture: textureReferenceSchema.optional(),
  emissiveFactor: vector(3).default([0, 0, 0]),
  alphaMode: z.enum(["OPAQUE", "MASK", "BLEND"]).default("OPAQUE"),
  alphaCutoff: z.number().min(0).default(0.5),
  doubleSided: z.boolean().default(false),
  extensions,
});

const attributes = z.record(z.string(), index);

const primitiveSchema = z.object({
  attributes,
  indices: index.optional(),
  material: index.optional(),
  mode: z.int().min(0).max(6).default(4),
  targets: z.array(attributes).default([]),
  extensions,
});

const cameraSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("perspective"),
    name,
    perspective: z.object({ yfov: z.number().gt(0).lt(Math.PI) }),
  }),
  z.object({ type: z.literal("orthographic"), name, orthographic: z.object({ ymag: z.number().gt(0) }) }),
]);

const nodeSchema = z.object({
  name,
  children: z.array(index).default([]),
  mesh: index.optional(),
  camera: index.optional(),
  skin: index.optional(),
  matrix: vector(16).optional(),
  translation: vector(3).optional(),
  rotation: vector(4).optional(),
  scale: vector(3).optional(),
  weights: z.array(z.number()).optional(),
  extensions,
});

const samplerSchema = z.object({
  magFilter: z.int().optional(),
  wrapS: z.literal([33071, 33648, 10497]).default(10497),
  wrapT: z.literal([33071, 33648, 10497]).default(10497),
});

export const gltfSchema = z.object({
  asset: z.object({ version: z.string(), minVersion: z.string().optional() }),
  extensionsUsed: z.array(z.string()).default([]),
  extensionsRequired: z.array(z.string()).default([]),
  extensions,
  scene: index.optional(),
  scenes: z.array(z.object({ name, nodes: z.array(index).default([]) })).default([]),
  nodes: z.array(nodeSchema).default([]),
  meshes: z
    .array(z.object({ name, primitives: z.array(primitiveSchema).min(1), weights: z.array(z.number()).optional() }))
    .default([]),
  skins: z.array(z.object({ inverseBindMatrices: index.optional(), joints: z.array(index).min(1) })).default([]),
  cameras: z.array(cameraSchema).default([]),
  materials: z.array(materialSchema).default([]),
  textures: z.array(z.object({ name, source: index.optional(), sampler: index.optional(), extensions })).default([]),
  images: z
    .array(
      z.object({ name, uri: z.string().optional(), mimeType: z.string().optional(), bufferView: index.optional() }),
    )
    .default([]),
  samplers: z.array(samplerSchema).default([]),
  accessors: z.array(accessorSchema).default([]),
  bufferViews: z.array(bufferViewSchema).default([]),
  buffers: z.array(z.object({ uri: z.string().optional(), byteLength: count, extensions })).default([]),
});

export type Gltf = z.infer<typeof gltfSchema>;
export type GltfAccessor = Gltf["accessors"][number];
export type GltfMaterial = Gltf["materials"][number];
export type GltfPrimitive = Gltf["meshes"][number]["primitives"][number];
export type GltfNode = Gltf["nodes"][number];
export type GltfTextureReference = z.infer<typeof textureReferenceSchema>;
