// Shapes of the demo scene: everything is a grid bent by a function, with normals from its slopes. Pure.

export type Point = readonly [number, number, number];

export interface Shape {
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  readonly texcoords: Float32Array;
  /** x, y, z, handedness: where the material has a normal map. */
  readonly tangents?: Float32Array;
  readonly indices: Uint16Array;
}

export interface GridOptions {
  readonly columns: number;
  readonly rows: number;
  /** u and v in [0, 1]; seen from the front, u grows to the right and v downwards. */
  readonly position: (u: number, v: number) => Point;
  readonly texcoord?: (u: number, v: number, point: Point) => readonly [number, number];
}

export function grid({ columns, rows, position, texcoord = (u, v) => [u, v] }: GridOptions): Shape {
  const count = (columns + 1) * (rows + 1);
  const shape = {
    positions: new Float32Array(count * 3),
    normals: new Float32Array(count * 3),
    texcoords: new Float32Array(count * 2),
  };
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const [u, v, vertex] = [column / columns, row / rows, row * (columns + 1) + column];
      const point = position(u, v);
      shape.positions.set(point, vertex * 3);
      shape.normals.set(normalAt(position, u, v), vertex * 3);
      shape.texcoords.set(texcoord(u, v, point), vertex * 2);
    }
  }
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const corner = row * (columns + 1) + column;
      const [below, next] = [corner + columns + 1, corner + 1];
      // At a pole one of the two triangles has no area.
      if (!isOnePoint(shape.positions, corner, next)) indices.push(corner, below, next);
      if (!isOnePoint(shape.positions, below, below + 1)) indices.push(next, below, below + 1);
    }
  }
  return { ...shape, indices: Uint16Array.from(indices) };
}

/**
 * Turns a profile of (radius, height), given from the top downwards, about +Y. `bulge` makes it less than round:
 * a factor of the radius by angle and height.
 */
export function lathe(
  profile: (v: number) => readonly [number, number],
  columns: number,
  rows: number,
  more: { bulge?: (angle: number, v: number) => number; texcoord?: GridOptions["texcoord"] } = {},
): Shape {
  const position = (u: number, v: number): Point => {
    const [radius, height] = profile(v);
    const angle = u * 2 * Math.PI;
    const actual = radius * (more.bulge?.(angle, v) ?? 1);
    return [actual * Math.sin(angle), height, actual * Math.cos(angle)];
  };
  return grid({ columns, rows, position, ...(more.texcoord && { texcoord: more.texcoord }) });
}

/** A smooth curve through points (centripetal enough for these: uniform Catmull-Rom), by v in [0, 1]. */
export function curve(points: readonly (readonly [number, number])[]): (v: number) => readonly [number, number] {
  const last = points.length - 1;
  return (v) => {
    const at = Math.min(Math.max(v, 0), 1) * last;
    const i = Math.min(Math.floor(at), last - 1);
    const t = at - i;
    const p = (k: number) => points[Math.min(Math.max(i + k, 0), last)]!;
    const along = (axis: 0 | 1) => {
      const [a, b, c, d] = [p(-1)[axis], p(0)[axis], p(1)[axis], p(2)[axis]];
      return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    };
    return [Math.max(0, along(0)), along(1)];
  };
}

/** The unit normal, from differences to both sides (one at the border). Near a pole the slopes of a ring nearby count. */
function normalAt(position: GridOptions["position"], u: number, v: number): Point {
  const step = 1e-4;
  for (const inwards of [0, 2e-3, 2e-2]) {
    const w = v < 0.5 ? v + inwards : v - inwards;
    const along = difference(position(u + step, w), position(u - step, w));
    const down = difference(position(u, Math.min(1, w + step)), position(u, Math.max(0, w - step)));
    const n = cross(down, along);
    const length = Math.hypot(...n);
    if (length > 1e-14) return [n[0] / length, n[1] / length, n[2] / length];
  }
  return [0, 1, 0];
}

function isOnePoint(positions: Float32Array, a: number, b: number): boolean {
  return [0, 1, 2].every((k) => Math.abs(positions[a * 3 + k]! - positions[b * 3 + k]!) < 1e-7);
}

function difference(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
