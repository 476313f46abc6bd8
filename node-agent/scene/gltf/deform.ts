// Bends vertices into the pose of the file: morph targets at their weights, skins at their joints. Pure; inputs are
// never written to.
import type { Matrix4 } from "../description.ts";
import { determinant, normalMatrix } from "../matrix.ts";
import type { VertexAttributes } from "./attributes.ts";

/** base + Σ weight · delta; deltas have `deltaComponentCount` of the base's components (a tangent's w stays). */
export function morphed(
  base: Float32Array,
  componentCount: number,
  targets: readonly { readonly weight: number; readonly deltas: Float32Array; readonly deltaComponentCount: number }[],
): Float32Array {
  const active = targets.filter((target) => target.weight !== 0);
  if (active.length === 0) return base;
  const sums = Float64Array.from(base);
  for (const { weight, deltas, deltaComponentCount } of active) {
    const count = deltas.length / deltaComponentCount;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < deltaComponentCount; k++) {
        sums[i * componentCount + k]! += weight * deltas[i * deltaComponentCount + k]!;
      }
    }
  }
  return Float32Array.from(sums);
}

/** One JOINTS_n/WEIGHTS_n pair: four of each per vertex. */
export interface SkinInfluences {
  readonly joints: Uint8Array | Uint16Array | Uint32Array;
  readonly weights: Float32Array;
}

/** The vertices in the world: each moved by the weighted sum of its joints' matrices (glTF 2.0, 3.7.3.3). */
export function skinned(
  attributes: VertexAttributes,
  influences: readonly SkinInfluences[],
  jointMatrices: readonly Matrix4[],
): VertexAttributes {
  const positions = new Float32Array(attributes.positions.length);
  const normals = attributes.normals && new Float32Array(attributes.normals.length);
  const tangents = attributes.tangents && new Float32Array(attributes.tangents.length);
  for (let vertex = 0; vertex < positions.length / 3; vertex++) {
    const m = blendedMatrix(influences, jointMatrices, vertex);
    transformInto(positions, attributes.positions, vertex * 3, m, 4);
    for (let k = 0; k < 3; k++) positions[vertex * 3 + k]! += m[12 + k]!;
    const side = determinant(m) < 0 ? -1 : 1;
    if (normals) {
      // Cofactors turn normals over where the pose mirrors; the triangles are turned round then (geometry.ts).
      const upright = normalMatrix(m).map((value) => value * side);
      transformInto(normals, attributes.normals!, vertex * 3, upright, 3);
    }
    if (tangents) {
      transformInto(tangents, attributes.tangents!, vertex * 4, m, 4);
      tangents[vertex * 4 + 3] = attributes.tangents![vertex * 4 + 3]! * side;
    }
  }
  return { ...attributes, positions, normals, tangents };
}

/** Weights should sum to 1; they are divided by their sum, as quantised ones do not quite. */
function blendedMatrix(
  influences: readonly SkinInfluences[],
  jointMatrices: readonly Matrix4[],
  vertex: number,
): number[] {
  const sum = new Array<number>(16).fill(0);
  let total = 0;
  for (const { joints, weights } of influences) {
    for (let i = vertex * 4; i < vertex * 4 + 4; i++) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      total += weight;
      const matrix = jointMatrices[joints[i]!]!;
      for (let k = 0; k < 16; k++) sum[k]! += weight * matrix[k]!;
    }
  }
  return total > 0 ? sum.map((value) => value / total) : [...jointMatrices[0]!];
}

/** The upper left 3×3 of `m`, whose columns are `columnSize` apart, times three components at `offset`. */
function transformInto(
  target: Float32Array,
  from: Float32Array,
  offset: number,
  m: readonly number[],
  columnSize: number,
): void {
  const [x, y, z] = [from[offset]!, from[offset + 1]!, from[offset + 2]!];
  for (let row = 0; row < 3; row++) {
    target[offset + row] = m[row]! * x + m[columnSize + row]! * y + m[2 * columnSize + row]! * z;
  }
}
