// Reads the scene that a session asks for. The fake renderer has none.
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import { heightPx, widthPx } from "../../proto/rect.ts";
import type { Vector3 } from "../scene/description.ts";
import { readScene, type SceneRequest } from "../scene/read-scene.ts";
import type { LoadedScene } from "./render-request.ts";

/** Throws ArrasErrors with scene, environment or camera codes. */
export async function loadScene(render: RenderSpec, film: FilmSpec): Promise<LoadedScene> {
  return render.renderer === "fake" ? emptyScene : readScene(sceneRequest(render, film));
}

export function sceneRequest(render: RenderSpec, film: FilmSpec): SceneRequest {
  const { camera } = render;
  const whole = { x0: 0, y0: 0, x1: film.widthPx, y1: film.heightPx };
  return {
    path: render.scenePath,
    environmentPath: render.environmentPath === "" ? undefined : render.environmentPath,
    environmentRotationRad: (render.environmentRotationDeg * Math.PI) / 180,
    cameraName: camera === undefined || camera.name === "" ? undefined : camera.name,
    lookFrom: vector(camera?.lookFrom),
    lookAt: vector(camera?.lookAt),
    up: vector(camera?.up),
    verticalFovDeg: camera?.verticalFovDeg,
    apertureRadius: camera?.apertureRadius,
    focusDistance: camera?.focusDistance,
    filmAspectRatio: widthPx(whole) / heightPx(whole),
  };
}

function vector(numbers: readonly number[] | undefined): Vector3 | undefined {
  const [x, y, z] = numbers ?? [];
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

const emptyScene: LoadedScene = {
  scene: { meshes: [], instances: [], materials: [], textures: [], lights: [], cameras: [], objectNames: ["fake"] },
  camera: {
    name: "fake",
    cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    projection: { t: "perspective", verticalFovRad: 1 },
    lensRadius: 0,
    focusDistance: 1,
  },
  notices: [],
};
