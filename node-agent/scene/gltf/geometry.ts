// Makes a scene mesh of one glTF primitive: reads its attributes, bends them into the pose, turns what it has into
// triangles, and adds what the renderer needs and the file leaves out.
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import type { Material, Matrix4, Mesh } from "../description.ts";
import { determinant } from "../matrix.ts";
import type { AccessorType, GltfAccessors } from "./accessors.ts";
import {
  flatNormals,
  perpendicular,
  smoothNormals,
  texcoordPair,
  unitVectors,
  unshared,
  type VertexAttributes,
} from "./attributes.ts";
import { morphed, type SkinInfluences, skinned } from "./deform.ts";
import type { GltfPrimitive } from "./gltf-json.ts";
import type { GltfSource } from "./gltf-source.ts";
import { type IndexedAttributes, withTangents } from "./tangents.ts";
import { type TriangleMode, triangleIndices, withoutEmptyTriangles } from "./topology.ts";

export interface PrimitiveRequest {
  readonly primitive: GltfPrimitive;
  /** `meshes[3].primitives[0]` */
  readonly place: string;
  readonly name: string;
  readonly material: Material;
  readonly materialIndex: number;
  readonly morphWeights: readonly number[];
  /** Of a skinned node: each joint's matrix to the world. */
  readonly jointMatrices?: readonly Matrix4[] | undefined;
}

/** Undefined where the primitive has no triangles (points and lines; then with a notice). */
export function readPrimitive(
  source: GltfSource,
  accessors: GltfAccessors,
  request: PrimitiveRequest,
): Mesh | undefined {
  const { primitive, place } = request;
  if (primitive.mode < 4) {
    source.notice("Points and lines are left out: only triangles are rendered");
    return undefined;
  }
  if (primitive.attributes.POSITION === undefined) {
    source.notice(`${place} has no positions and is left out`);
    return undefined;
  }
  let attributes = readAttributes(source, accessors, request);
  const vertexCount = attributes.positions.length / 3;
  let indices = readIndices(source, accessors, request, vertexCount);
  if (request.jointMatrices !== undefined) {
    attributes = skinned(attributes, readInfluences(source, accessors, request, vertexCount), request.jointMatrices);
    // The vertices are in the world now, so a mirroring pose turns the winding; glTF's front face follows the surface.
    if (determinant(request.jointMatrices[0]!) < 0) indices = mirrored(indices);
  }
  checkPositions(source, attributes.positions, place);
  const whole = withoutEmptyTriangles(indices, attributes.positions);
  source.tally("triangles without any area are left out", (indices.length - whole.length) / 3);
  if (whole.length === 0) return undefined;
  const complete = completed(source, { attributes, indices: whole }, request.material);
  return {
    name: request.name,
    positions: complete.attributes.positions,
    indices: complete.indices,
    texcoords: complete.attributes.texcoords,
    materialIndex: request.materialIndex,
    ...(complete.attributes.normals && { normals: complete.attributes.normals }),
    ...(complete.attributes.tangents && { tangents: complete.attributes.tangents }),
    ...(complete.attributes.colors && { colors: complete.attributes.colors }),
  };
}

function readAttributes(source: GltfSource, accessors: GltfAccessors, request: PrimitiveRequest): VertexAttributes {
  const read = (semantic: string, componentCount: number, types: readonly AccessorType[]): Float32Array | undefined =>
    readAttribute(source, accessors, request, semantic, componentCount, types);
  const colors = read("COLOR_0", 4, ["VEC3", "VEC4"]);
  const positions = read("POSITION", 3, ["VEC3"])!;
  return {
    positions,
    normals: read("NORMAL", 3, ["VEC3"]),
    tangents: read("TANGENT", 4, ["VEC4"]),
    texcoords: texcoordPair(read("TEXCOORD_0", 2, ["VEC2"]), read("TEXCOORD_1", 2, ["VEC2"])),
    colors: colors && withAlpha(colors, positions.length / 3),
  };
}

function readAttribute(
  source: GltfSource,
  accessors: GltfAccessors,
  { primitive, place, morphWeights }: PrimitiveRequest,
  semantic: string,
  componentCount: number,
  types: readonly AccessorType[],
): Float32Array | undefined {
  const index = primitive.attributes[semantic];
  if (index === undefined) return undefined;
  const attributePlace = `${place}.attributes.${semantic}`;
  const base = accessors.readFloats(index, types, attributePlace);
  const count = accessors.count(index, attributePlace);
  const vertexCount = accessors.count(primitive.attributes.POSITION!, `${place}.attributes.POSITION`);
  if (count !== vertexCount) {
    throw source.broken(attributePlace, `It has ${count} values for ${vertexCount} vertices`);
  }
  const targets = primitive.targets.flatMap((target, targetIndex) => {
    const weight = morphWeights[targetIndex] ?? 0;
    const deltaIndex = target[semantic];
    if (deltaIndex === undefined || weight === 0) return [];
    const targetPlace = `${place}.targets[${targetIndex}].${semantic}`;
    const deltaTypes: readonly AccessorType[] = semantic === "TANGENT" ? ["VEC3"] : types;
    const deltas = accessors.readFloats(deltaIndex, deltaTypes, targetPlace);
    const deltaComponentCount = deltas.length / accessors.count(deltaIndex, targetPlace);
    if (accessors.count(deltaIndex, targetPlace) !== vertexCount || deltaComponentCount > base.length / count) {
      throw source.broken(targetPlace, "The morph target does not fit the attribute that it changes");
    }
    return [{ weight, deltas, deltaComponentCount }];
  });
  return morphed(base, base.length / count || componentCount, targets);
}

function readIndices(
  source: GltfSource,
  accessors: GltfAccessors,
  { primitive, place }: PrimitiveRequest,
  vertexCount: number,
): Uint32Array {
  const read =
    primitive.indices === undefined
      ? undefined
      : accessors.readIntegers(primitive.indices, ["SCALAR"], `${place}.indices`);
  if (read !== undefined) {
    for (let i = 0; i < read.length; i++) {
      if (read[i]! < vertexCount) continue;
      throw source.broken(`${place}.indices`, `Index ${i} is ${read[i]}, but there are ${vertexCount} vertices`);
    }
  }
  const cornerCount = read?.length ?? vertexCount;
  if (primitive.mode === 4 && cornerCount % 3 !== 0) {
    throw source.broken(place, `${cornerCount} corners do not make whole triangles`);
  }
  if (cornerCount / 3 > limits.triangleCountMax) {
    throw new ArrasError("limit-exceeded", {
      message: `The mesh has ${Math.floor(cornerCount / 3)} triangles; triangleCountMax is ${limits.triangleCountMax}`,
      place: { path: `${source.path}: ${place}` },
      action: "Share meshes between nodes instead of copying them.",
    });
  }
  return triangleIndices(primitive.mode as TriangleMode, read, vertexCount);
}

function readInfluences(
  source: GltfSource,
  accessors: GltfAccessors,
  { primitive, place, jointMatrices }: PrimitiveRequest,
  vertexCount: number,
): SkinInfluences[] {
  const influences: SkinInfluences[] = [];
  for (let set = 0; primitive.attributes[`JOINTS_${set}`] !== undefined; set++) {
    const jointsPlace = `${place}.attributes.JOINTS_${set}`;
    const weightsPlace = `${place}.attributes.WEIGHTS_${set}`;
    const joints = accessors.readIntegers(primitive.attributes[`JOINTS_${set}`]!, ["VEC4"], jointsPlace);
    const weightsIndex = primitive.attributes[`WEIGHTS_${set}`];
    if (weightsIndex === undefined) throw source.broken(weightsPlace, "Joints without weights");
    const weights = accessors.readFloats(weightsIndex, ["VEC4"], weightsPlace);
    if (joints.length !== vertexCount * 4 || weights.length !== vertexCount * 4) {
      throw source.broken(jointsPlace, "Joints or weights are not one set of four per vertex");
    }
    let jointMax = 0;
    for (const joint of joints) jointMax = Math.max(jointMax, joint);
    if (jointMax >= jointMatrices!.length) {
      throw source.broken(jointsPlace, `Joint ${jointMax} is used, the skin has ${jointMatrices!.length}`);
    }
    influences.push({ joints, weights });
  }
  if (influences.length === 0) throw source.broken(place, "The node has a skin, but the primitive has no joints");
  return influences;
}

/** Unit normals and tangents; tangents made where a normal texture asks for them and dropped where none does. */
function completed(source: GltfSource, mesh: IndexedAttributes, material: Material): IndexedAttributes {
  const normalUse = material.normalTexture ?? material.clearcoatNormalTexture;
  let { attributes, indices } = mesh;
  let { normals } = attributes;
  if (normals !== undefined) {
    const unit = unitVectors(normals, 3, (vertex) => fallbackNormal(mesh, vertex));
    source.tally("normals of length 0 are replaced by their triangles' own", unit.zeroCount);
    normals = unit.vectors;
  }
  // glTF: without normals the given tangents do not count either.
  const tangents = normalUse !== undefined && normals !== undefined ? attributes.tangents : undefined;
  attributes = { ...attributes, normals, tangents };
  if (normalUse === undefined) return { attributes, indices };
  if (tangents !== undefined)
    return { attributes: { ...attributes, tangents: unitTangents(tangents, normals!) }, indices };
  if (normals === undefined) {
    attributes = unshared(attributes, indices);
    indices = indices.map((_, corner) => corner);
    attributes = { ...attributes, normals: flatNormals(attributes.positions, indices) };
  }
  return withTangents({ attributes, indices }, normalUse.texcoordSet);
}

function unitTangents(tangents: Float32Array, normals: Float32Array): Float32Array {
  const unit = unitVectors(tangents, 4, (vertex) =>
    perpendicular([normals[vertex * 3]!, normals[vertex * 3 + 1]!, normals[vertex * 3 + 2]!]),
  ).vectors;
  let copy = unit;
  for (let i = 3; i < unit.length; i += 4) {
    if (unit[i] === 1 || unit[i] === -1) continue;
    if (copy === tangents) copy = unit.slice();
    copy[i] = unit[i]! < 0 ? -1 : 1;
  }
  return copy;
}

/** Computed once per mesh that needs it: rare, but then often for many vertices. */
const smoothNormalsOf = new WeakMap<IndexedAttributes, Float32Array>();

function fallbackNormal(mesh: IndexedAttributes, vertex: number): readonly [number, number, number] {
  let smooth = smoothNormalsOf.get(mesh);
  if (smooth === undefined) {
    smooth = smoothNormals(mesh.attributes.positions, mesh.indices);
    smoothNormalsOf.set(mesh, smooth);
  }
  return [smooth[vertex * 3]!, smooth[vertex * 3 + 1]!, smooth[vertex * 3 + 2]!];
}

function checkPositions(source: GltfSource, positions: Float32Array, place: string): void {
  for (let i = 0; i < positions.length; i++) {
    if (Number.isFinite(positions[i]!)) continue;
    throw source.broken(place, `Vertex ${Math.floor(i / 3)} lies at ${positions[i]} after morphing and skinning`);
  }
}

function mirrored(indices: Uint32Array): Uint32Array {
  const turned = indices.slice();
  for (let i = 0; i < turned.length; i += 3) {
    turned[i + 1] = indices[i + 2]!;
    turned[i + 2] = indices[i + 1]!;
  }
  return turned;
}

function withAlpha(colors: Float32Array, vertexCount: number): Float32Array {
  if (colors.length === vertexCount * 4) return colors;
  const rgba = new Float32Array(vertexCount * 4).fill(1);
  for (let i = 0; i < vertexCount; i++) rgba.set(colors.subarray(i * 3, i * 3 + 3), i * 4);
  return rgba;
}
