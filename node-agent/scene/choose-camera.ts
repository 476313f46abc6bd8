// Chooses the camera that a picture is taken with: by name, by look-from and look-at, the scene's first, or one that
// frames everything. Pure.
import { ArrasError } from "../../proto/errors.ts";
import type { Bounds } from "./bounds.ts";
import { defaultVerticalFovRad, depthOf, framing, lookAt, middle } from "./camera.ts";
import type { Camera, Vector3 } from "./description.ts";

export interface CameraRequest {
  /** A camera of the scene. Not together with lookFrom or lookAt. */
  readonly cameraName?: string | undefined;
  readonly lookFrom?: Vector3 | undefined;
  /** Absent, with lookFrom given: the middle of the scene. */
  readonly lookAt?: Vector3 | undefined;
  /** Default (0, 1, 0). */
  readonly up?: Vector3 | undefined;
  /** Degrees; overrides the scene camera's own. Default 40. */
  readonly verticalFovDeg?: number | undefined;
  /** Metres; 0 or absent is a pinhole. */
  readonly apertureRadius?: number | undefined;
  /** Metres along the view axis; absent: to lookAt, else to the middle of the scene. */
  readonly focusDistance?: number | undefined;
  /** Film width / height: automatic framing fits it. */
  readonly filmAspectRatio: number;
}

/** What a camera is chosen from. */
export interface CameraScene {
  readonly cameras: readonly Camera[];
  /** Asked for where it matters. */
  bounds(): Bounds;
}

export interface ChosenCamera {
  readonly camera: Camera;
  readonly notices: readonly string[];
}

/** Throws `camera-missing` naming the cameras that there are, and `usage` for settings that contradict each other. */
export function chooseCamera(request: CameraRequest, scene: CameraScene): ChosenCamera {
  checkRequest(request);
  const { camera, notices } = chosenView(request, scene);
  const verticalFovRad = request.verticalFovDeg === undefined ? undefined : radians(request.verticalFovDeg);
  const projected: Camera =
    verticalFovRad === undefined ? camera : { ...camera, projection: { t: "perspective", verticalFovRad } };
  const lensRadius = request.apertureRadius ?? 0;
  const inFocus = request.focusDistance ?? depthOf(camera, request.lookAt ?? middle(scene.bounds()));
  // Behind the camera nothing can be in focus; without an aperture the distance does not matter.
  const focusDistance = inFocus > 0 ? inFocus : 1;
  if (lensRadius > 0 && inFocus <= 0) {
    throw usage(
      "--focus",
      "The middle of the scene lies behind the camera, so there is nothing to focus on",
      "Give the focus distance.",
    );
  }
  return { camera: { ...projected, lensRadius, focusDistance }, notices };
}

function chosenView(request: CameraRequest, scene: CameraScene): ChosenCamera {
  const { cameraName, lookFrom } = request;
  if (cameraName !== undefined) return { camera: namedCamera(cameraName, scene), notices: [] };
  if (lookFrom !== undefined) return { camera: lookingCamera(request, lookFrom, () => scene.bounds()), notices: [] };
  const first = scene.cameras[0];
  if (first !== undefined) {
    const others = scene.cameras.length - 1;
    return { camera: first, notices: others > 0 ? [`Camera "${first.name}" is used, the first of ${others + 1}`] : [] };
  }
  const fov = request.verticalFovDeg === undefined ? defaultVerticalFovRad : radians(request.verticalFovDeg);
  return {
    camera: framing(scene.bounds(), fov, request.filmAspectRatio),
    notices: ["The scene has no camera: it is framed automatically"],
  };
}

function namedCamera(name: string, scene: CameraScene): Camera {
  const found = scene.cameras.find((camera) => camera.name === name);
  if (found !== undefined) return found;
  const names = scene.cameras.map((camera) => `"${camera.name}"`);
  throw new ArrasError("camera-missing", {
    message: `The scene has no camera "${name}"`,
    place: { setting: "--camera" },
    action: names.length === 0 ? "It has none: use --look-from and --look-at." : `Use one of ${names.join(", ")}.`,
  });
}

function lookingCamera(request: CameraRequest, from: Vector3, bounds: () => Bounds): Camera {
  const at = request.lookAt ?? middle(bounds());
  const cameraToWorld = lookAt(from, at, request.up ?? [0, 1, 0]);
  if (cameraToWorld === undefined) {
    throw usage(
      "--look-from",
      "Look-from and look-at are one point, or up lies along the view",
      "Move one, or give another --up.",
    );
  }
  return {
    name: "look-at",
    cameraToWorld,
    projection: { t: "perspective", verticalFovRad: defaultVerticalFovRad },
    lensRadius: 0,
    focusDistance: Math.hypot(at[0] - from[0], at[1] - from[1], at[2] - from[2]),
  };
}

function checkRequest(request: CameraRequest): void {
  const { cameraName, lookFrom, verticalFovDeg, apertureRadius, focusDistance } = request;
  if (cameraName !== undefined && (lookFrom !== undefined || request.lookAt !== undefined)) {
    throw usage("--camera", "A camera's name and look-from or look-at are given", "Give one of the two.");
  }
  if (lookFrom === undefined && request.lookAt !== undefined) {
    throw usage("--look-at", "Look-at is given without look-from", "Give --look-from too.");
  }
  if (verticalFovDeg !== undefined && !(verticalFovDeg > 0 && verticalFovDeg < 180)) {
    throw usage(
      "--fov",
      `A vertical field of view of ${verticalFovDeg}° is not possible`,
      "Give degrees between 0 and 180.",
    );
  }
  if (apertureRadius !== undefined && !(apertureRadius >= 0 && Number.isFinite(apertureRadius))) {
    throw usage("--aperture", `An aperture radius of ${apertureRadius} m is not possible`, "Give 0 or more.");
  }
  if (focusDistance !== undefined && !(focusDistance > 0 && Number.isFinite(focusDistance))) {
    throw usage("--focus", `A focus distance of ${focusDistance} m is not possible`, "Give more than 0.");
  }
}

function usage(setting: string, message: string, action: string): ArrasError {
  return new ArrasError("usage", { message, place: { setting }, action });
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
