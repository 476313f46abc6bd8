// Vectors of three numbers: right-handed, +Y up, metres.

export type Vector3 = readonly [number, number, number];

export const zero: Vector3 = [0, 0, 0];
export const plusY: Vector3 = [0, 1, 0];

export function added(a: Vector3, b: Vector3, factor = 1): Vector3 {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

export function difference(a: Vector3, b: Vector3): Vector3 {
  return added(a, b, -1);
}

export function scaled(a: Vector3, factor: number): Vector3 {
  return added(zero, a, factor);
}

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function length(a: Vector3): number {
  return Math.hypot(...a);
}

/** Of unit length; `otherwise` where it has none. */
export function normalized(a: Vector3, otherwise: Vector3): Vector3 {
  const size = length(a);
  return size > 1e-12 ? scaled(a, 1 / size) : otherwise;
}

/** Turned about `axis` (unit length), counter-clockwise seen from its tip, by Rodrigues' formula. */
export function rotated(a: Vector3, axis: Vector3, angleRad: number): Vector3 {
  const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
  const along = scaled(axis, dot(axis, a) * (1 - cos));
  return added(added(scaled(a, cos), cross(axis, a), sin), along);
}

/** The first three of a list of a message; undefined: it has not three. */
export function vectorOf(numbers: readonly number[]): Vector3 | undefined {
  const [x, y, z] = numbers;
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}
