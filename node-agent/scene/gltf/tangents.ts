// Tangents for meshes that bring none, by MikkTSpace, which is what normal maps are baked against (glTF 2.0, 3.7.2.1).
import { createRequire } from "node:module";
import { perpendicular, unitVectors, unshared, type VertexAttributes } from "./attributes.ts";

export interface IndexedAttributes {
  readonly attributes: VertexAttributes;
  readonly indices: Uint32Array;
}

/**
 * The mesh with tangents along uv set `texcoordSet`. MikkTSpace gives each triangle corner a tangent of its own;
 * corners of one vertex that got the same one stay one vertex. Normals and the uv set must be there.
 */
export function withTangents(mesh: IndexedAttributes, texcoordSet: 0 | 1): IndexedAttributes {
  const { attributes, indices } = mesh;
  if (indices.length === 0) return { attributes: { ...attributes, tangents: new Float32Array(0) }, indices };
  const corners = unshared(attributes, indices);
  // Loaded here: it compiles its WebAssembly when it is loaded, which most scenes need not wait for.
  const { generateTangents } = createRequire(import.meta.url)("mikktspace") as typeof import("mikktspace");
  const generated = generateTangents(corners.positions, corners.normals!, corners.texcoords[texcoordSet]!);
  // mikktspace's handedness is for v upwards; glTF's v grows downwards.
  for (let i = 3; i < generated.length; i += 4) generated[i] = generated[i]! < 0 ? 1 : -1;
  const tangents = unitVectors(generated.map(finiteOrZero), 4, (corner) => {
    const at = corner * 3;
    const normals = corners.normals!;
    return perpendicular([normals[at]!, normals[at + 1]!, normals[at + 2]!]);
  }).vectors;
  const kept = distinctCorners(indices, tangents, attributes.positions.length / 3);
  return { attributes: unshared({ ...corners, tangents }, kept.corners), indices: kept.indices };
}

/** `corners`: one corner for each vertex that remains; `indices`: the triangles in terms of them. */
function distinctCorners(
  indices: Uint32Array,
  tangents: Float32Array,
  vertexCount: number,
): { corners: Uint32Array; indices: Uint32Array } {
  const firstOfVertex = new Int32Array(vertexCount).fill(-1);
  const nextOfSame: number[] = [];
  const corners: number[] = [];
  const remapped = new Uint32Array(indices.length);
  for (let corner = 0; corner < indices.length; corner++) {
    const vertex = indices[corner]!;
    let found = firstOfVertex[vertex]!;
    while (found >= 0 && !sameTangent(tangents, corners[found]!, corner)) found = nextOfSame[found]!;
    if (found < 0) {
      found = corners.length;
      corners.push(corner);
      nextOfSame.push(firstOfVertex[vertex]!);
      firstOfVertex[vertex] = found;
    }
    remapped[corner] = found;
  }
  return { corners: Uint32Array.from(corners), indices: remapped };
}

function sameTangent(tangents: Float32Array, a: number, b: number): boolean {
  for (let k = 0; k < 4; k++) if (tangents[a * 4 + k] !== tangents[b * 4 + k]) return false;
  return true;
}

function finiteOrZero(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
