// Turns a primitive's index list into plain triangles: lists, strips and fans (glTF 2.0, 3.7.2.1). Pure.

/** glTF's primitive modes that hold triangles. */
export type TriangleMode = 4 | 5 | 6;

/** Triangle lists are returned as they are where they are 32-bit already. */
export function triangleIndices(
  mode: TriangleMode,
  indices: Uint8Array | Uint16Array | Uint32Array | undefined,
  vertexCount: number,
): Uint32Array {
  const corners = indices ?? sequence(vertexCount);
  if (mode === 4) return corners instanceof Uint32Array ? corners : Uint32Array.from(corners);
  const triangleCount = Math.max(0, corners.length - 2);
  const triangles = new Uint32Array(triangleCount * 3);
  for (let i = 0; i < triangleCount; i++) {
    const [a, b, c] = mode === 5 ? [i, i + 1 + (i % 2), i + 2 - (i % 2)] : [i + 1, i + 2, 0];
    triangles[i * 3] = corners[a!]!;
    triangles[i * 3 + 1] = corners[b!]!;
    triangles[i * 3 + 2] = corners[c!]!;
  }
  return triangles;
}

/**
 * Without the triangles that have no area: no ray hits them, and a light among them has no density. The limit is where
 * a renderer's single-precision normal (the length of the cross product, squared) leaves the normal numbers.
 */
export function withoutEmptyTriangles(indices: Uint32Array, positions: Float32Array): Uint32Array {
  let emptyCount = 0;
  for (let i = 0; i < indices.length; i += 3) if (isEmptyTriangle(indices, i, positions)) emptyCount++;
  if (emptyCount === 0) return indices;
  const kept = new Uint32Array(indices.length - emptyCount * 3);
  for (let i = 0, length = 0; i < indices.length; i += 3) {
    if (isEmptyTriangle(indices, i, positions)) continue;
    kept[length++] = indices[i]!;
    kept[length++] = indices[i + 1]!;
    kept[length++] = indices[i + 2]!;
  }
  return kept;
}

function isEmptyTriangle(indices: Uint32Array, at: number, positions: Float32Array): boolean {
  const a = indices[at]! * 3;
  const b = indices[at + 1]! * 3;
  const c = indices[at + 2]! * 3;
  const ux = positions[b]! - positions[a]!;
  const uy = positions[b + 1]! - positions[a + 1]!;
  const uz = positions[b + 2]! - positions[a + 2]!;
  const vx = positions[c]! - positions[a]!;
  const vy = positions[c + 1]! - positions[a + 1]!;
  const vz = positions[c + 2]! - positions[a + 2]!;
  const nx = uy * vz - uz * vy;
  const ny = uz * vx - ux * vz;
  const nz = ux * vy - uy * vx;
  return nx * nx + ny * ny + nz * nz < float32NormalMin;
}

const float32NormalMin = 2 ** -126;

function sequence(count: number): Uint32Array {
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = i;
  return indices;
}
