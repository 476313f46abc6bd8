// Walks the shown nodes and places their meshes: one mesh per primitive and pose, one instance per placement, one
// object id per node.
import { z } from "zod";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import type { Instance, Material, Matrix4, Mesh } from "../description.ts";
import { determinant, fromTranslationRotationScale, identityMatrix, isFiniteMatrix, multiply } from "../matrix.ts";
import type { GltfAccessors } from "./accessors.ts";
import { readPrimitive } from "./geometry.ts";
import type { GltfSource } from "./gltf-source.ts";
import type { NodeHierarchy } from "./hierarchy.ts";
import { defaultMaterial, readMaterial, withoutMissingTexcoords } from "./materials.ts";
import type { TextureTable } from "./textures.ts";

const instancingSchema = z.object({
  attributes: z.object({
    TRANSLATION: z.int().min(0).optional(),
    ROTATION: z.int().min(0).optional(),
    SCALE: z.int().min(0).optional(),
  }),
});

interface SkinPose {
  readonly matrices: readonly Matrix4[];
}

export class InstanceReader {
  readonly meshes: Mesh[] = [];
  readonly instances: Instance[] = [];
  readonly materials: Material[] = [];
  readonly objectNames: string[] = [];
  private readonly source: GltfSource;
  private readonly accessors: GltfAccessors;
  private readonly textures: TextureTable;
  private readonly hierarchy: NodeHierarchy;
  private readonly meshIndices = new Map<string, number | undefined>();
  private readonly materialIndices = new Map<string, number>();
  private readonly indexOfMaterialText = new Map<string, number>();
  private triangleCount = 0;

  constructor(source: GltfSource, accessors: GltfAccessors, textures: TextureTable, hierarchy: NodeHierarchy) {
    this.source = source;
    this.accessors = accessors;
    this.textures = textures;
    this.hierarchy = hierarchy;
  }

  /** Enters the node's mesh, if it has one that shows triangles. */
  add(nodeIndex: number): void {
    const node = this.source.json.nodes[nodeIndex]!;
    if (node.mesh === undefined) return;
    const place = `nodes[${nodeIndex}]`;
    const mesh = this.source.at("meshes", node.mesh, `${place}.mesh`);
    const pose = node.skin === undefined ? undefined : this.skinPose(node.skin, `${place}.skin`);
    const name = node.name ?? mesh.name ?? `node ${nodeIndex}`;
    const weights = node.weights ?? mesh.weights ?? [];
    const meshIndices = mesh.primitives.flatMap((_, primitiveIndex) => {
      const meshIndex = this.meshIndex(node.mesh!, primitiveIndex, weights, pose, pose && nodeIndex);
      return meshIndex === undefined ? [] : [meshIndex];
    });
    const placements = pose === undefined ? this.placements(nodeIndex) : [identityMatrix];
    const visible = placements.filter((matrix) => determinant(matrix) !== 0);
    if (visible.length < placements.length)
      this.source.notice(`${place} ("${name}") is flattened by a scale of 0 and left out`);
    if (meshIndices.length === 0 || visible.length === 0) return;
    this.objectNames.push(name);
    for (const objectToWorld of visible) {
      for (const meshIndex of meshIndices)
        this.instances.push({ meshIndex, objectToWorld, objectId: this.objectNames.length });
    }
    if (this.instances.length > limits.instanceCountMax) {
      throw this.limitExceeded(place, `more than ${limits.instanceCountMax} instances (instanceCountMax)`);
    }
  }

  private meshIndex(
    meshIndex: number,
    primitiveIndex: number,
    weights: readonly number[],
    pose: SkinPose | undefined,
    skinnedNode: number | undefined,
  ): number | undefined {
    const key = JSON.stringify([meshIndex, primitiveIndex, weights, skinnedNode]);
    if (this.meshIndices.has(key)) return this.meshIndices.get(key);
    const gltfMesh = this.source.json.meshes[meshIndex]!;
    const primitive = gltfMesh.primitives[primitiveIndex]!;
    const place = `meshes[${meshIndex}].primitives[${primitiveIndex}]`;
    const hasTexcoords = [0, 1].map((set) => primitive.attributes[`TEXCOORD_${set}`] !== undefined) as [
      boolean,
      boolean,
    ];
    const materialIndex = this.materialIndex(primitive.material, hasTexcoords, place);
    const mesh = readPrimitive(this.source, this.accessors, {
      primitive,
      place,
      name:
        gltfMesh.primitives.length > 1
          ? `${gltfMesh.name ?? `meshes[${meshIndex}]`}.${primitiveIndex}`
          : (gltfMesh.name ?? place),
      material: this.materials[materialIndex]!,
      materialIndex,
      morphWeights: weights,
      jointMatrices: pose?.matrices,
    });
    this.meshIndices.set(key, mesh === undefined ? undefined : this.meshes.length);
    if (mesh === undefined) return undefined;
    this.triangleCount += mesh.indices.length / 3;
    if (this.triangleCount > limits.triangleCountMax) {
      throw this.limitExceeded(place, `more than ${limits.triangleCountMax} triangles (triangleCountMax)`);
    }
    return this.meshes.push(mesh) - 1;
  }

  /** A material is entered when the first mesh uses it, and once more without textures for meshes that lack their uvs. */
  private materialIndex(
    gltfIndex: number | undefined,
    hasTexcoords: readonly [boolean, boolean],
    place: string,
  ): number {
    if (gltfIndex !== undefined) this.source.at("materials", gltfIndex, `${place}.material`);
    const key = JSON.stringify([gltfIndex, hasTexcoords]);
    const known = this.materialIndices.get(key);
    if (known !== undefined) return known;
    const whole = gltfIndex === undefined ? defaultMaterial : readMaterial(this.source, this.textures, gltfIndex);
    const material = withoutMissingTexcoords(whole, hasTexcoords);
    if (material !== whole)
      this.source.notice(`${place} lacks texture coordinates that its material "${material.name}" uses`);
    const text = JSON.stringify(material);
    const index = this.indexOfMaterialText.get(text) ?? this.materials.push(material) - 1;
    this.indexOfMaterialText.set(text, index);
    this.materialIndices.set(key, index);
    return index;
  }

  private placements(nodeIndex: number): Matrix4[] {
    const toWorld = this.hierarchy.matrixToWorld(nodeIndex);
    const place = `nodes[${nodeIndex}].extensions.EXT_mesh_gpu_instancing`;
    const node = this.source.json.nodes[nodeIndex]!;
    const instancing = this.source.extension(node, "EXT_mesh_gpu_instancing", instancingSchema, `nodes[${nodeIndex}]`);
    if (instancing === undefined) return [toWorld];
    const { TRANSLATION, ROTATION, SCALE } = instancing.attributes;
    const read = (index: number | undefined, type: "VEC3" | "VEC4") =>
      index === undefined ? undefined : this.accessors.readFloats(index, [type], `${place}.attributes`);
    const [translations, rotations, scales] = [read(TRANSLATION, "VEC3"), read(ROTATION, "VEC4"), read(SCALE, "VEC3")];
    const counts = [
      translations && translations.length / 3,
      rotations && rotations.length / 4,
      scales && scales.length / 3,
    ];
    const count = counts.find((value) => value !== undefined);
    if (count === undefined) return [toWorld];
    if (counts.some((value) => value !== undefined && value !== count)) {
      throw this.source.broken(place, "Its attributes have different counts");
    }
    return Array.from({ length: count }, (_, i) => {
      const local = fromTranslationRotationScale(
        (translations?.subarray(i * 3, i * 3 + 3) as unknown as number[]) ?? [0, 0, 0],
        rotations === undefined ? [0, 0, 0, 1] : [...rotations.subarray(i * 4, i * 4 + 4)],
        (scales?.subarray(i * 3, i * 3 + 3) as unknown as number[]) ?? [1, 1, 1],
      );
      const matrix = multiply(toWorld, local);
      if (!isFiniteMatrix(matrix)) throw this.source.broken(place, `Instance ${i} leaves the range of 32-bit floats`);
      return matrix;
    });
  }

  private skinPose(skinIndex: number, place: string): SkinPose {
    const skin = this.source.at("skins", skinIndex, place);
    const inverse =
      skin.inverseBindMatrices === undefined
        ? undefined
        : this.accessors.readFloats(skin.inverseBindMatrices, ["MAT4"], `skins[${skinIndex}].inverseBindMatrices`);
    if (inverse !== undefined && inverse.length < skin.joints.length * 16) {
      throw this.source.broken(
        `skins[${skinIndex}]`,
        `It has ${skin.joints.length} joints, but ${inverse.length / 16} inverse bind matrices`,
      );
    }
    const matrices = skin.joints.map((joint, i) => {
      this.source.at("nodes", joint, `skins[${skinIndex}].joints[${i}]`);
      const toWorld = this.hierarchy.matrixToWorld(joint);
      return inverse === undefined ? toWorld : multiply(toWorld, [...inverse.subarray(i * 16, i * 16 + 16)]);
    });
    return { matrices };
  }

  private limitExceeded(place: string, what: string): ArrasError {
    return new ArrasError("limit-exceeded", {
      message: `The scene has ${what}`,
      place: { path: `${this.source.path}: ${place}` },
      action: "Show fewer, or raise the limit in proto/limits.ts.",
    });
  }
}
