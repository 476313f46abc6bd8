// Vertex attributes as arrays of floats: made unit length, made up where missing, unshared. Pure.

export interface VertexAttributes {
  readonly positions: Float32Array;
  readonly normals?: Float32Array | undefined;
  readonly tangents?: Float32Array | undefined;
  readonly texcoords: readonly [Float32Array?, Float32Array?];
  readonly colors?: Float32Array | undefined;
}

/** How far a squared length may be from 1: what float32 and 16-bit normals keep; 8-bit ones are made unit length. */
const unitTolerance = 1e-4;

export interface UnitVectors {
  readonly vectors: Float32Array;
  readonly zeroCount: number;
}

/**
 * Normals (3 components) or tangents (4) with unit xyz: the same array where they are so already. A zero vector gets
 * `fallback(vertexIndex)`; they are counted.
 */
export function unitVectors(
  vectors: Float32Array,
  componentCount: 3 | 4,
  fallback: (vertexIndex: number) => readonly [number, number, number],
): UnitVectors {
  let copy: Float32Array | undefined;
  let zeroCount = 0;
  for (let i = 0; i < vectors.length; i += componentCount) {
    const [x, y, z] = [vectors[i]!, vectors[i + 1]!, vectors[i + 2]!];
    const squared = x * x + y * y + z * z;
    if (Math.abs(squared - 1) < unitTolerance) continue;
    copy ??= vectors.slice();
    const length = Math.sqrt(squared);
    if (length > 1e-12) {
      copy.set([x / length, y / length, z / length], i);
    } else {
      zeroCount++;
      copy.set(fallback(i / componentCount), i);
    }
  }
  return { vectors: copy ?? vectors, zeroCount };
}

/** The area-weighted sum of the triangles around each vertex, unit length; +Y where there is none. */
export function smoothNormals(positions: Float32Array, indices: Uint32Array): Float32Array {
  const normals = new Float32Array(positions.length);
  forEachTriangleNormal(positions, indices, (normal, corners) => {
    for (const corner of corners) for (let k = 0; k < 3; k++) normals[corner * 3 + k]! += normal[k]!;
  });
  return unitVectors(normals, 3, () => [0, 1, 0]).vectors;
}

/** For vertices that no two triangles share: each triangle's own normal. */
export function flatNormals(positions: Float32Array, indices: Uint32Array): Float32Array {
  const normals = new Float32Array(positions.length);
  forEachTriangleNormal(positions, indices, (normal, corners) => {
    for (const corner of corners) normals.set(normal, corner * 3);
  });
  return unitVectors(normals, 3, () => [0, 1, 0]).vectors;
}

/** Any direction at right angles to a unit normal (Duff et al. 2017, "Building an Orthonormal Basis, Revisited"). */
export function perpendicular([x, y, z]: readonly [number, number, number]): readonly [number, number, number] {
  const sign = z >= 0 ? 1 : -1;
  const a = -1 / (sign + z);
  return [1 + sign * x * x * a, sign * x * y * a, -sign * x];
}

/** Every triangle with three vertices of its own; vertex i belongs to corner i. */
export function unshared(attributes: VertexAttributes, indices: Uint32Array): VertexAttributes {
  const gather = (values: Float32Array | undefined, componentCount: number): Float32Array | undefined => {
    if (values === undefined) return undefined;
    const gathered = new Float32Array(indices.length * componentCount);
    for (let i = 0; i < indices.length; i++) {
      for (let k = 0; k < componentCount; k++)
        gathered[i * componentCount + k] = values[indices[i]! * componentCount + k]!;
    }
    return gathered;
  };
  const [set0, set1] = attributes.texcoords;
  return {
    positions: gather(attributes.positions, 3)!,
    normals: gather(attributes.normals, 3),
    tangents: gather(attributes.tangents, 4),
    texcoords: texcoordPair(gather(set0, 2), gather(set1, 2)),
    colors: gather(attributes.colors, 4),
  };
}

export function texcoordPair(
  set0: Float32Array | undefined,
  set1: Float32Array | undefined,
): [Float32Array?, Float32Array?] {
  const pair: [Float32Array?, Float32Array?] = [];
  if (set0 !== undefined) pair[0] = set0;
  if (set1 !== undefined) pair[1] = set1;
  return pair;
}

function forEachTriangleNormal(
  positions: Float32Array,
  indices: Uint32Array,
  visit: (normal: readonly [number, number, number], corners: readonly [number, number, number]) => void,
): void {
  for (let i = 0; i < indices.length; i += 3) {
    const corners = [indices[i]!, indices[i + 1]!, indices[i + 2]!] as const;
    const [a, b, c] = [corners[0] * 3, corners[1] * 3, corners[2] * 3];
    const [ax, ay, az] = [positions[a]!, positions[a + 1]!, positions[a + 2]!];
    const [ux, uy, uz] = [positions[b]! - ax, positions[b + 1]! - ay, positions[b + 2]! - az];
    const [vx, vy, vz] = [positions[c]! - ax, positions[c + 1]! - ay, positions[c + 2]! - az];
    visit([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], corners);
  }
}
