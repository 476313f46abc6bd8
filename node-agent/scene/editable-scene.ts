// What of a loaded scene edits speak of, without geometry and pictures, so that it is kept while the scene is rendered.
// Pure.
import type { Bounds } from "./bounds.ts";
import type { CameraRequest } from "./choose-camera.ts";
import type { Camera, Material, PunctualLight, SceneDescription } from "./description.ts";
import { sceneIds } from "./scene-ids.ts";

export interface EditableScene {
  /** Ids of objects (object id − 1), of materials, and of lights: punctual ones first, then what emits. */
  readonly objects: readonly string[];
  readonly materials: readonly string[];
  readonly lights: readonly string[];
  readonly cameras: readonly Camera[];
  readonly factors: readonly Pick<Material, "baseColor" | "roughness" | "metallic" | "emissive">[];
  readonly punctual: readonly PunctualLight[];
  /** Material index of each light that emits. */
  readonly emitters: readonly number[];
  /** Absent: there is none. */
  readonly environmentRotationRad?: number;
  readonly bounds: Bounds;
  /** Without edits. */
  readonly camera: Camera;
  readonly filmAspectRatio: CameraRequest["filmAspectRatio"];
  /** Of some parts there are more than are named. */
  readonly isCut: boolean;
}

export function editableScene(
  scene: SceneDescription,
  { bounds, camera, filmAspectRatio }: Pick<EditableScene, "bounds" | "camera" | "filmAspectRatio">,
): EditableScene {
  const { materials, environment, cameras, objectNames } = scene;
  const emitters = emittersOf(scene);
  // A copy of what is named: the scene's own lists are let go.
  const punctual = [...scene.lights];
  const lightNames = [...punctual.map(({ name }) => name), ...emitters.map((index) => materials[index]!.name)];
  const objects = sceneIds(objectNames, "object");
  const named = sceneIds(
    materials.map(({ name }) => name),
    "material",
  );
  const lights = sceneIds(lightNames, "light");
  return {
    objects,
    materials: named,
    lights,
    cameras,
    factors: materials.map(({ baseColor, roughness, metallic, emissive }) => ({
      baseColor,
      roughness,
      metallic,
      emissive,
    })),
    punctual,
    emitters,
    ...(environment && { environmentRotationRad: environment.rotationRad }),
    bounds,
    camera,
    filmAspectRatio,
    isCut: objects.length < objectNames.length || named.length < materials.length || lights.length < lightNames.length,
  };
}

/** Materials that emit and light others: unlit ones only show their colour. */
function emittersOf({ materials, meshes, instances }: SceneDescription): number[] {
  const placed = new Set<number>();
  for (const { meshIndex } of instances) placed.add(meshes[meshIndex]!.materialIndex);
  return [...materials.keys()].filter((index) => {
    const { unlit, emissive } = materials[index]!;
    return placed.has(index) && !unlit && emissive.some((value) => value > 0);
  });
}
