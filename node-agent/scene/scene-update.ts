// Edits, as they come from users, as what a renderer is to change. Pure.
import { ArrasError } from "../../proto/errors.ts";
import type { LinearColor, SceneEdits } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { CameraChoice } from "../../proto/gen/arras/v1/scene_pb.ts";
import { type CameraRequest, chooseCamera } from "./choose-camera.ts";
import type { Camera, MaterialFactors, PunctualLight, SceneUpdate, Vector3 } from "./description.ts";
import type { EditableScene } from "./editable-scene.ts";
import { sunDirection } from "./environment/sun-and-sky.ts";

/** Throws `edit-impossible` for what the scene lacks, or where its camera could see nothing. */
export function sceneUpdate(scene: EditableScene, edits: SceneEdits): SceneUpdate {
  const environment = editedEnvironment(scene, edits);
  const lights = editedLights(scene, edits, environment);
  return {
    camera: edits.camera === undefined ? scene.camera : editedCamera(scene, edits.camera),
    ...(environment && { environment }),
    ...(lights && { lights }),
    materials: editedMaterials(scene, edits),
    hiddenObjectIds: edits.objects
      .map(({ id, hidden }) => ({ objectId: indexOf("object", scene.objects, id) + 1, hidden }))
      .filter(({ hidden }) => hidden)
      .map(({ objectId }) => objectId),
  };
}

/** How a camera is asked for, but for the film that it must fit. */
export function cameraRequest(choice: CameraChoice | undefined): Omit<CameraRequest, "filmAspectRatio"> {
  return {
    cameraName: choice === undefined || choice.name === "" ? undefined : choice.name,
    lookFrom: vector(choice?.lookFrom),
    lookAt: vector(choice?.lookAt),
    up: vector(choice?.up),
    verticalFovDeg: choice?.verticalFovDeg,
    apertureRadius: choice?.apertureRadius,
    focusDistance: choice?.focusDistance,
  };
}

function editedCamera({ cameras, bounds, filmAspectRatio }: EditableScene, choice: CameraChoice): Camera {
  try {
    const request = { ...cameraRequest(choice), filmAspectRatio };
    return chooseCamera(request, { cameras, bounds: () => bounds }).camera;
  } catch (thrown) {
    const { message, action } = ArrasError.from(thrown);
    throw new ArrasError("edit-impossible", { message, action, cause: thrown });
  }
}

function editedEnvironment({ environmentRotationRad }: EditableScene, { environment }: SceneEdits) {
  if (environment === undefined) return undefined;
  if (environmentRotationRad === undefined) {
    const message = "The scene has no environment that could be turned or tinted";
    throw new ArrasError("edit-impossible", { message, action: "Give it one (--env)." });
  }
  const { rotationDeg, tint } = environment;
  const rotationRad = rotationDeg === undefined ? environmentRotationRad : (rotationDeg * Math.PI) / 180;
  return { rotationRad, tint: tint === undefined ? ([1, 1, 1] as const) : vectorOf(tint) };
}

/** What is said of a light itself counts more than what is said of the environment that it belongs to. */
function editedLights(
  scene: EditableScene,
  { lights }: SceneEdits,
  environment: SceneUpdate["environment"],
): PunctualLight[] | undefined {
  const edited = new Map<number, Vector3>();
  for (const { id, intensity, off } of lights) {
    const index = indexOf("light", scene.lights, id);
    if (off) edited.set(index, [0, 0, 0]);
    else if (intensity !== undefined) edited.set(index, vectorOf(intensity));
  }
  const hasSun = environment !== undefined && scene.punctual.some((light) => isOfEnvironment(light));
  if (!hasSun && ![...edited.keys()].some((index) => index < scene.punctual.length)) return undefined;
  return scene.punctual.map((light, index) => {
    const turned = environment !== undefined && isOfEnvironment(light) ? withEnvironment(light, environment) : light;
    const intensity = edited.get(index);
    return intensity === undefined ? turned : withIntensity(turned, intensity);
  });
}

type Directional = Extract<PunctualLight, { t: "directional" }>;

function isOfEnvironment(light: PunctualLight): light is Directional {
  return light.t === "directional" && light.isOfEnvironment === true;
}

function withEnvironment(
  light: Directional,
  { rotationRad, tint }: NonNullable<SceneUpdate["environment"]>,
): Directional {
  const [r, g, b] = light.irradiance;
  return { ...light, direction: sunDirection(rotationRad), irradiance: [r * tint[0], g * tint[1], b * tint[2]] };
}

function withIntensity(light: PunctualLight, intensity: Vector3): PunctualLight {
  return light.t === "directional" ? { ...light, irradiance: intensity } : { ...light, intensity };
}

function editedMaterials(scene: EditableScene, { lights, materials }: SceneEdits): MaterialFactors[] {
  const edited = new Map<number, MaterialFactors>();
  const factorsOf = (materialIndex: number) =>
    edited.get(materialIndex) ?? { materialIndex, ...scene.factors[materialIndex]! };
  for (const { id, baseColor, roughness, metallic } of materials) {
    const index = indexOf("material", scene.materials, id);
    const factors = factorsOf(index);
    edited.set(index, {
      ...factors,
      baseColor: baseColor === undefined ? factors.baseColor : vectorOf(baseColor),
      roughness: roughness ?? factors.roughness,
      metallic: metallic ?? factors.metallic,
    });
  }
  for (const { id, intensity, off } of lights) {
    const index = scene.emitters[indexOf("light", scene.lights, id) - scene.punctual.length];
    if (index === undefined) continue;
    const factors = factorsOf(index);
    const emissive: Vector3 = off ? [0, 0, 0] : intensity === undefined ? factors.emissive : vectorOf(intensity);
    edited.set(index, { ...factors, emissive });
  }
  return [...edited.values()];
}

function indexOf(what: string, ids: readonly string[], id: string): number {
  const index = ids.indexOf(id);
  if (index >= 0) return index;
  const message = `The scene has no ${what} ${JSON.stringify(id)} that can be edited`;
  throw new ArrasError("edit-impossible", { message, action: "LookService.ReadScene lists what it has." });
}

function vectorOf({ r, g, b }: LinearColor): Vector3 {
  return [r, g, b];
}

function vector(numbers: readonly number[] | undefined): Vector3 | undefined {
  const [x, y, z] = numbers ?? [];
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}
