// The one way from files to what a renderer takes: chooses the reader by the scene's extension, the light and the
// camera by what is asked for, or by what the scene brings.
import { extname } from "node:path";
import { ArrasError } from "../../proto/errors.ts";
import { type Bounds, sceneBounds } from "./bounds.ts";
import { type CameraRequest, chooseCamera } from "./choose-camera.ts";
import type { Camera, PunctualLight, SceneDescription } from "./description.ts";
import { type ReadEnvironment, readEnvironment } from "./environment/read-environment.ts";
import { sunAndSky } from "./environment/sun-and-sky.ts";
import { type ReadScene, readGltf } from "./gltf/read-gltf.ts";

export interface SceneRequest extends CameraRequest {
  readonly path: string;
  /** A picture; "none" for darkness; absent: the built-in sun and sky, unless the scene has lights of its own. */
  readonly environmentPath?: string | undefined;
  readonly environmentRotationRad: number;
}

export interface SceneAndCamera {
  readonly scene: SceneDescription;
  /** Round everything. */
  readonly bounds: Bounds;
  readonly camera: Camera;
  /** What was left out, chosen or taken differently: one sentence each, for the log. */
  readonly notices: string[];
}

/** A scene format is read by what its extension says. USD and RDLA get their lines here. */
const readers: Readonly<Record<string, (path: string) => Promise<ReadScene>>> = {
  ".gltf": readGltf,
  ".glb": readGltf,
};

/** Extensions that `readScene` reads, with their dots. */
export const sceneExtensions: readonly string[] = Object.keys(readers);

/** Throws ArrasErrors with `scene-*`, `environment-*`, `camera-missing`, `limit-exceeded` or `usage`. */
export async function readScene(request: SceneRequest): Promise<SceneAndCamera> {
  const extension = extname(request.path).toLowerCase();
  const reader = readers[extension];
  if (reader === undefined) {
    throw new ArrasError("scene-unsupported", {
      message:
        extension === "" ? "The scene's file name has no extension" : `Scenes of type ${extension} are not readable`,
      place: { path: request.path },
      action: `Give a scene as ${sceneExtensions.join(" or ")}.`,
    });
  }
  const { scene: geometry, notices } = await reader(request.path);
  const lighting = await readLighting(request, geometry);
  const scene: SceneDescription = {
    ...geometry,
    lights: [...geometry.lights, ...lighting.lights],
    ...(lighting.environment && { environment: lighting.environment }),
  };
  const bounds = sceneBounds(scene);
  const chosen = chooseCamera(request, { cameras: scene.cameras, bounds: () => bounds });
  return { scene, bounds, camera: chosen.camera, notices: [...notices, ...lighting.notices, ...chosen.notices] };
}

interface Lighting extends Partial<ReadEnvironment> {
  readonly lights: readonly PunctualLight[];
  readonly notices: readonly string[];
}

async function readLighting(request: SceneRequest, scene: SceneDescription): Promise<Lighting> {
  const { environmentPath, environmentRotationRad } = request;
  if (environmentPath === "none") return { lights: [], notices: [] };
  if (environmentPath !== undefined)
    return { lights: [], ...(await readEnvironment(environmentPath, environmentRotationRad)) };
  if (bringsLight(scene)) return { lights: [], notices: [] };
  const { sun, sky } = sunAndSky(environmentRotationRad);
  return { lights: [sun], environment: sky, notices: ["The scene has no lights: the built-in sun and sky light it"] };
}

/** Punctual lights, or emissive surfaces that are placed. */
function bringsLight({ lights, materials, meshes, instances }: SceneDescription): boolean {
  if (lights.length > 0) return true;
  return instances.some(({ meshIndex }) =>
    materials[meshes[meshIndex]!.materialIndex]!.emissive.some((value) => value > 0),
  );
}
