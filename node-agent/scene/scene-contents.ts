// What of a scene can be edited, as the message that tells it. Pure.
import { create } from "@bufbuild/protobuf";
import { type LinearColor, type SceneContents, SceneContentsSchema } from "../../proto/gen/arras/v1/edits_pb.ts";
import { type ResolvedCamera, ResolvedCameraSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Camera, PunctualLight, Vector3 } from "./description.ts";
import type { EditableScene } from "./editable-scene.ts";

export function sceneContents(scene: EditableScene): SceneContents {
  const { objects, materials, factors, cameras, camera, environmentRotationRad } = scene;
  return create(SceneContentsSchema, {
    objects: objects.map((id) => ({ id })),
    materials: materials.map((id, index) => {
      const { baseColor, roughness, metallic } = factors[index]!;
      return { id, baseColor: linearColor(baseColor), roughness, metallic };
    }),
    lights: lightContents(scene),
    cameras: cameras.slice(0, limits.contentsListedMax).map(({ name }) => name),
    hasEnvironment: environmentRotationRad !== undefined,
    camera: resolvedCamera(camera),
    isCut: scene.isCut || cameras.length > limits.contentsListedMax,
    bounds: boundsOf(scene),
  });
}

export function resolvedCamera(camera: Camera): ResolvedCamera {
  const { projection } = camera;
  return create(ResolvedCameraSchema, {
    name: camera.name,
    cameraToWorld: [...camera.cameraToWorld],
    verticalFovDeg: projection.t === "perspective" ? (projection.verticalFovRad * 180) / Math.PI : 0,
    orthographicHeight: projection.t === "orthographic" ? projection.halfHeight * 2 : 0,
    apertureRadius: camera.lensRadius,
    focusDistance: camera.focusDistance,
  });
}

function lightContents({ lights, punctual, emitters, factors }: EditableScene) {
  return lights.map((id, index) => {
    const light = punctual[index];
    if (light !== undefined) return { id, kind: light.t, intensity: linearColor(intensityOf(light)) };
    const emissive = factors[emitters[index - punctual.length]!]!.emissive;
    return { id, kind: "emissive", intensity: linearColor(emissive) };
  });
}

function intensityOf(light: PunctualLight): Vector3 {
  return light.t === "directional" ? light.irradiance : light.intensity;
}

function boundsOf({ bounds: { min, max } }: EditableScene): number[] {
  const corners = [...min, ...max];
  return corners.every(Number.isFinite) ? corners : [];
}

function linearColor([r, g, b]: Vector3): LinearColor {
  return { $typeName: "arras.v1.LinearColor", r, g, b };
}
