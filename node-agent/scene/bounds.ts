// The box around a scene's geometry in the world. Pure.
import type { Matrix4, SceneDescription, Vector3 } from "./description.ts";
import { identityMatrix } from "./matrix.ts";

export interface Bounds {
  readonly min: Vector3;
  readonly max: Vector3;
}

/** Every vertex counts for a mesh that is placed once; meshes placed more often count by their own box's corners. */
export function sceneBounds(scene: Pick<SceneDescription, "meshes" | "instances">): Bounds {
  const placedTimes = new Uint32Array(scene.meshes.length);
  for (const { meshIndex } of scene.instances) placedTimes[meshIndex]!++;
  const points = scene.meshes.map(({ positions }, i) => (placedTimes[i]! > 1 ? boxCorners(positions) : positions));
  const box = new GrowingBox();
  for (const { meshIndex, objectToWorld } of scene.instances) box.add(points[meshIndex]!, objectToWorld);
  return { min: [box.min[0]!, box.min[1]!, box.min[2]!], max: [box.max[0]!, box.max[1]!, box.max[2]!] };
}

class GrowingBox {
  readonly min = [Infinity, Infinity, Infinity];
  readonly max = [-Infinity, -Infinity, -Infinity];

  /** Points as xyz triples, moved by an affine matrix. */
  add(points: Float32Array, m: Matrix4): void {
    for (let row = 0; row < 3; row++) {
      const [mx, my, mz, offset] = [m[row]!, m[4 + row]!, m[8 + row]!, m[12 + row]!];
      let least = this.min[row]!;
      let most = this.max[row]!;
      for (let i = 0; i < points.length; i += 3) {
        const value = mx * points[i]! + my * points[i + 1]! + mz * points[i + 2]! + offset;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      this.min[row] = least;
      this.max[row] = most;
    }
  }
}

function boxCorners(positions: Float32Array): Float32Array {
  const box = new GrowingBox();
  box.add(positions, identityMatrix);
  const corners = new Float32Array(24);
  for (let corner = 0; corner < 8; corner++) {
    for (let k = 0; k < 3; k++) corners[corner * 3 + k] = ((corner >> k) & 1 ? box.max : box.min)[k]!;
  }
  return corners;
}
