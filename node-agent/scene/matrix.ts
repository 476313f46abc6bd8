// Affine 4×4 matrices and 3-vectors in double precision: what placing things in the world needs, and no more.
import type { Matrix4, Vector3 } from "./description.ts";

export const identityMatrix: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** a·b: b is applied first. */
export function multiply(a: Matrix4, b: Matrix4): Matrix4 {
  const product = new Array<number>(16);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[k * 4 + row]! * b[column * 4 + k]!;
      product[column * 4 + row] = sum;
    }
  }
  return product;
}

/** Scale first, then the rotation (a quaternion x, y, z, w; normalised here), then the translation. */
export function fromTranslationRotationScale(
  translation: readonly number[],
  rotation: readonly number[],
  scale: readonly number[],
): Matrix4 {
  const length = Math.hypot(rotation[0]!, rotation[1]!, rotation[2]!, rotation[3]!);
  const [x, y, z, w] = rotation.map((value) => (length > 0 ? value / length : 0)) as [number, number, number, number];
  const [sx, sy, sz] = scale as [number, number, number];
  return [
    (1 - 2 * (y * y + z * z)) * sx,
    2 * (x * y + z * w) * sx,
    2 * (x * z - y * w) * sx,
    0,
    2 * (x * y - z * w) * sy,
    (1 - 2 * (x * x + z * z)) * sy,
    2 * (y * z + x * w) * sy,
    0,
    2 * (x * z + y * w) * sz,
    2 * (y * z - x * w) * sz,
    (1 - 2 * (x * x + y * y)) * sz,
    0,
    translation[0]!,
    translation[1]!,
    translation[2]!,
    1,
  ];
}

export function transformPoint(m: Matrix4, [x, y, z]: Vector3): Vector3 {
  return [
    m[0]! * x + m[4]! * y + m[8]! * z + m[12]!,
    m[1]! * x + m[5]! * y + m[9]! * z + m[13]!,
    m[2]! * x + m[6]! * y + m[10]! * z + m[14]!,
  ];
}

export function transformDirection(m: Matrix4, [x, y, z]: Vector3): Vector3 {
  return [m[0]! * x + m[4]! * y + m[8]! * z, m[1]! * x + m[5]! * y + m[9]! * z, m[2]! * x + m[6]! * y + m[10]! * z];
}

/** Of the upper left 3×3: negative where the matrix mirrors, 0 where it flattens. */
export function determinant(m: Matrix4): number {
  return (
    m[0]! * (m[5]! * m[10]! - m[6]! * m[9]!) -
    m[4]! * (m[1]! * m[10]! - m[2]! * m[9]!) +
    m[8]! * (m[1]! * m[6]! - m[2]! * m[5]!)
  );
}

/** The cofactors of the upper left 3×3, column-major: transforms normals (up to length, and keeping their side). */
export function normalMatrix(m: Matrix4): readonly number[] {
  const column = (i: number): Vector3 => [m[i * 4]!, m[i * 4 + 1]!, m[i * 4 + 2]!];
  return [...cross(column(1), column(2)), ...cross(column(2), column(0)), ...cross(column(0), column(1))];
}

export function isFiniteMatrix(m: Matrix4): boolean {
  return m.every((value) => Number.isFinite(Math.fround(value)));
}

export function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** a + scale·b */
export function addScaled(a: Vector3, b: Vector3, scale: number): Vector3 {
  return [a[0] + b[0] * scale, a[1] + b[1] * scale, a[2] + b[2] * scale];
}

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Unit length; undefined for a vector without a direction. */
export function normalized(v: Vector3): Vector3 | undefined {
  const length = Math.hypot(v[0], v[1], v[2]);
  if (!(length > 0) || !Number.isFinite(length)) return undefined;
  return [v[0] / length, v[1] / length, v[2] / length];
}
