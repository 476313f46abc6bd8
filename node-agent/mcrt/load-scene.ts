// Reads the scene that a session asks for. The fake renderer has none.
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import { heightPx, widthPx } from "../../proto/rect.ts";
import type { Camera } from "../scene/description.ts";
import { readScene, type SceneRequest } from "../scene/read-scene.ts";
import { cameraRequest } from "../scene/scene-update.ts";
import type { LoadedScene } from "./render-request.ts";

/** Throws ArrasErrors with scene, environment or camera codes. */
export async function loadScene(render: RenderSpec, film: FilmSpec): Promise<LoadedScene> {
  return render.renderer === "fake" ? emptyScene : readScene(sceneRequest(render, film));
}

export function sceneRequest(render: RenderSpec, film: FilmSpec): SceneRequest {
  const whole = { x0: 0, y0: 0, x1: film.widthPx, y1: film.heightPx };
  return {
    path: render.scenePath,
    environmentPath: render.environmentPath === "" ? undefined : render.environmentPath,
    environmentRotationRad: (render.environmentRotationDeg * Math.PI) / 180,
    ...cameraRequest(render.camera),
    filmAspectRatio: widthPx(whole) / heightPx(whole),
  };
}

const fakeCamera: Camera = {
  name: "fake",
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  projection: { t: "perspective", verticalFovRad: 1 },
  lensRadius: 0,
  focusDistance: 1,
};
const none = Number.POSITIVE_INFINITY;
const emptyScene: LoadedScene = {
  scene: {
    meshes: [],
    instances: [],
    materials: [],
    textures: [],
    lights: [],
    cameras: [fakeCamera],
    objectNames: ["fake"],
  },
  bounds: { min: [none, none, none], max: [-none, -none, -none] },
  camera: fakeCamera,
  notices: [],
};
