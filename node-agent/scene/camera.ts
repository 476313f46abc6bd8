// Where a picture is taken from: by look-from and look-at, by a camera of the scene, or framed automatically. Pure.
import type { Bounds } from "./bounds.ts";
import type { Camera, Matrix4, Vector3 } from "./description.ts";
import { addScaled, cross, dot, normalized, subtract } from "./matrix.ts";

export const defaultVerticalFovRad = (40 * Math.PI) / 180;

/** From the centre of what is seen to the camera: from the front right, slightly from above. */
const framingDirection: Vector3 = [Math.sin(0.55) * Math.cos(0.3), Math.sin(0.3), Math.cos(0.55) * Math.cos(0.3)];

/** Room left around what is framed: its bounding box fills this share of the picture. */
const framedShare = 0.92;

/** A rigid frame from a node's matrix: −Z and +Y are kept as far as they can be; undefined where they are no directions. */
export function orthonormalized(m: Matrix4): Matrix4 | undefined {
  const z = normalized([m[8]!, m[9]!, m[10]!]);
  const x = z && normalized(cross([m[4]!, m[5]!, m[6]!], z));
  if (z === undefined || x === undefined) return undefined;
  const y = cross(z, x);
  return [...x, 0, ...y, 0, ...z, 0, m[12]!, m[13]!, m[14]!, 1];
}

/** Undefined where the two points are one, or `up` lies along the view. */
export function lookAt(from: Vector3, at: Vector3, up: Vector3): Matrix4 | undefined {
  return orthonormalized([1, 0, 0, 0, ...up, 0, ...subtract(from, at), 0, ...from, 1]);
}

/** A view of the whole box at the film's aspect ratio (width / height). */
export function framing(
  bounds: Bounds,
  verticalFovRad: number,
  aspectRatio: number,
  from: Vector3 = framingDirection,
): Camera {
  const centre = middle(bounds);
  const z = normalized(from) ?? framingDirection;
  const up: Vector3 = Math.abs(z[1]) > 0.999 ? [0, 0, -1] : [0, 1, 0];
  const x = normalized(cross(up, z))!;
  const y = cross(z, x);
  const tangentY = Math.tan(verticalFovRad / 2) * framedShare;
  const tangentX = tangentY * aspectRatio;
  let distance = 0;
  for (const corner of corners(bounds)) {
    const offset = subtract(corner, centre);
    const needed = Math.max(Math.abs(dot(offset, x)) / tangentX, Math.abs(dot(offset, y)) / tangentY);
    distance = Math.max(distance, dot(offset, z) + needed);
  }
  return {
    name: "automatic",
    cameraToWorld: [...x, 0, ...y, 0, ...z, 0, ...addScaled(centre, z, distance), 1],
    projection: { t: "perspective", verticalFovRad },
    lensRadius: 0,
    focusDistance: distance,
  };
}

/** Along the camera's view axis to a point; negative behind it. */
export function depthOf(camera: Camera, point: Vector3): number {
  const m = camera.cameraToWorld;
  return -dot(subtract(point, [m[12]!, m[13]!, m[14]!]), [m[8]!, m[9]!, m[10]!]);
}

export function middle(bounds: Bounds): Vector3 {
  const half = (k: 0 | 1 | 2) => bounds.min[k] / 2 + bounds.max[k] / 2;
  return [half(0), half(1), half(2)];
}

function corners({ min, max }: Bounds): Vector3[] {
  return [min[0], max[0]].flatMap((x) =>
    [min[1], max[1]].flatMap((y) => [min[2], max[2]].map((z): Vector3 => [x, y, z])),
  );
}
