// The box around a scene's geometry in the world. Pure.
import type { SceneDescription, Vector3 } from "./description.ts";
import { transformPoint } from "./matrix.ts";

export interface Bounds {
  readonly min: Vector3;
  readonly max: Vector3;
}

/** Every vertex counts for a mesh that is placed once; meshes placed more often count by their own box's corners. */
export function sceneBounds(scene: Pick<SceneDescription, "meshes" | "instances">): Bounds {
  const box = new GrowingBox();
  const placedTimes = new Uint32Array(scene.meshes.length);
  for (const { meshIndex } of scene.instances) placedTimes[meshIndex]!++;
  const ownBoxes = scene.meshes.map((mesh, i) => (placedTimes[i]! > 1 ? boxOf(mesh.positions).corners() : undefined));
  for (const { meshIndex, objectToWorld } of scene.instances) {
    const points = ownBoxes[meshIndex] ?? pointsOf(scene.meshes[meshIndex]!.positions);
    for (const point of points) box.add(transformPoint(objectToWorld, point));
  }
  return box;
}

class GrowingBox implements Bounds {
  min: Vector3 = [Infinity, Infinity, Infinity];
  max: Vector3 = [-Infinity, -Infinity, -Infinity];

  add([x, y, z]: Vector3): void {
    this.min = [Math.min(this.min[0], x), Math.min(this.min[1], y), Math.min(this.min[2], z)];
    this.max = [Math.max(this.max[0], x), Math.max(this.max[1], y), Math.max(this.max[2], z)];
  }

  corners(): Vector3[] {
    const { min, max } = this;
    return [min[0], max[0]].flatMap((x) =>
      [min[1], max[1]].flatMap((y) => [min[2], max[2]].map((z): Vector3 => [x, y, z])),
    );
  }
}

function boxOf(positions: Float32Array): GrowingBox {
  const box = new GrowingBox();
  for (const point of pointsOf(positions)) box.add(point);
  return box;
}

function* pointsOf(positions: Float32Array): Generator<Vector3> {
  for (let i = 0; i < positions.length; i += 3) yield [positions[i]!, positions[i + 1]!, positions[i + 2]!];
}
