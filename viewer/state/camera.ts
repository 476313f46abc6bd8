// A camera that is moved by hand: orbit, pan, dolly, fly, turn, roll; focal length and depth of field. Pure; the pose is
// what an edit carries (CameraChoice in scene.proto).
import { create } from "@bufbuild/protobuf";
import { type CameraChoice, CameraChoiceSchema, type ResolvedCamera } from "../../proto/gen/arras/v1/scene_pb.ts";
import {
  added,
  cross,
  difference,
  dot,
  length,
  normalized,
  plusY,
  rotated,
  scaled,
  type Vector3,
  vectorOf,
} from "./vector.ts";

export interface CameraPose {
  readonly from: Vector3;
  /** What the camera turns about, on its view axis. */
  readonly at: Vector3;
  /** Unit length, square to the view. */
  readonly up: Vector3;
  readonly verticalFovDeg: number;
  /** Radius of the lens, metres; 0: all is sharp. */
  readonly apertureRadius: number;
  /** Metres along the view axis; undefined: what the renderer takes (to `at`). */
  readonly focusDistance: number | undefined;
}

/** Height of the film that focal lengths are told for: 36 × 24 mm. */
export const filmHeightMm = 24;
export const focalLengthMmMin = 8;
export const focalLengthMmMax = 400;

/** For scenes whose camera has no perspective, and for those without one. */
const fovDegDefault = 40;
/** The view stays this far from straight up and down, so that what is up keeps its meaning. */
const poleRad = 0.02;
/** Nearer than this share of the way the pivot is not approached: flying goes on, dollying does not turn round. */
const dollyFactorMin = 0.05;

/**
 * `edited`: the camera of the edits, where somebody has moved it. `bounds`: 6 numbers, the lower corner first. What the
 * camera turns about is the middle of the scene, where that lies before it.
 */
export function poseOf(
  resolved: ResolvedCamera | undefined,
  edited: CameraChoice | undefined,
  bounds: readonly number[],
): CameraPose | undefined {
  const lens = {
    ...lensOf(resolved, edited),
    verticalFovDeg: edited?.verticalFovDeg ?? (resolved?.verticalFovDeg || fovDegDefault),
  };
  const [from, at] = [vectorOf(edited?.lookFrom ?? []), vectorOf(edited?.lookAt ?? [])];
  if (from !== undefined && at !== undefined)
    return squared({ ...lens, from, at, up: vectorOf(edited?.up ?? []) ?? plusY });
  const matrix = resolved?.cameraToWorld ?? [];
  const place = vectorOf(matrix.slice(12));
  const [up, back] = [vectorOf(matrix.slice(4)), vectorOf(matrix.slice(8))];
  if (place === undefined || up === undefined || back === undefined) return undefined;
  const view = normalized(scaled(back, -1), [0, 0, -1]);
  return squared({ ...lens, from: place, at: added(place, view, pivotDistance(place, view, bounds)), up });
}

/** A lens that the session began with is kept when the camera moves; without one, what is sharp does not matter. */
function lensOf(resolved: ResolvedCamera | undefined, edited: CameraChoice | undefined) {
  if (edited !== undefined) return { apertureRadius: edited.apertureRadius ?? 0, focusDistance: edited.focusDistance };
  const apertureRadius = resolved?.apertureRadius ?? 0;
  return { apertureRadius, focusDistance: apertureRadius > 0 ? resolved?.focusDistance : undefined };
}

export function choiceOf({ from, at, up, ...lens }: CameraPose): CameraChoice {
  const { verticalFovDeg, apertureRadius, focusDistance } = lens;
  return create(CameraChoiceSchema, {
    lookFrom: [...from],
    lookAt: [...at],
    up: [...up],
    verticalFovDeg,
    ...(apertureRadius > 0 ? { apertureRadius } : {}),
    ...(focusDistance === undefined ? {} : { focusDistance }),
  });
}

export function distanceOf({ from, at }: CameraPose): number {
  return length(difference(at, from));
}

/** About the pivot, as a thing that is turned by its near side: that goes to the right and up. */
export function orbited(pose: CameraPose, rightRad: number, upRad: number): CameraPose {
  const { view, up } = turnedView(pose, -rightRad, upRad);
  return squared({ ...pose, up, from: added(pose.at, view, -distanceOf(pose)) });
}

/** On the spot: the view goes to the right and up. */
export function turned(pose: CameraPose, rightRad: number, upRad: number): CameraPose {
  const { view, up } = turnedView(pose, -rightRad, upRad);
  return squared({ ...pose, up, at: added(pose.from, view, distanceOf(pose)) });
}

/** Along the picture, so that what is at the pivot moves by these shares of the picture's height. */
export function shifted(pose: CameraPose, right: number, up: number): CameraPose {
  const height = 2 * distanceOf(pose) * Math.tan(radians(pose.verticalFovDeg) / 2);
  const by = added(scaled(axes(pose).right, -right * height), pose.up, -up * height);
  return { ...pose, from: added(pose.from, by), at: added(pose.at, by) };
}

/** Nearer to the pivot (`factor` below 1) or away from it. */
export function dollied(pose: CameraPose, factor: number): CameraPose {
  const { view } = axes(pose);
  return { ...pose, from: added(pose.at, view, -distanceOf(pose) * Math.max(dollyFactorMin, factor)) };
}

/** Metres along the camera's own axes; the pivot comes along. */
export function flown(
  pose: CameraPose,
  { right, up, forward }: Record<"right" | "up" | "forward", number>,
): CameraPose {
  const to = axes(pose);
  const by = added(added(scaled(to.right, right), pose.up, up), to.view, forward);
  return { ...pose, from: added(pose.from, by), at: added(pose.at, by) };
}

/** About the view, clockwise as the picture sees it. */
export function rolled(pose: CameraPose, rad: number): CameraPose {
  return { ...pose, up: rotated(pose.up, axes(pose).view, rad) };
}

/** Without roll: the horizon is level. */
export function levelled(pose: CameraPose): CameraPose {
  return squared({ ...pose, up: plusY });
}

/** Sharp at this distance along the view axis (as the depth output has it). */
export function focused(pose: CameraPose, distance: number): CameraPose {
  return distance > 0 && Number.isFinite(distance) ? { ...pose, focusDistance: distance } : pose;
}

export function withAperture(pose: CameraPose, apertureRadius: number): CameraPose {
  return {
    ...pose,
    apertureRadius: Math.max(0, apertureRadius),
    focusDistance: pose.focusDistance ?? distanceOf(pose),
  };
}

export function focalLengthMm({ verticalFovDeg }: CameraPose): number {
  return filmHeightMm / 2 / Math.tan(radians(verticalFovDeg) / 2);
}

export function withFocalLength(pose: CameraPose, lengthMm: number): CameraPose {
  const within = Math.max(focalLengthMmMin, Math.min(focalLengthMmMax, lengthMm));
  return { ...pose, verticalFovDeg: (2 * Math.atan(filmHeightMm / 2 / within) * 180) / Math.PI };
}

function axes({ from, at, up }: CameraPose): { readonly view: Vector3; readonly right: Vector3 } {
  const view = normalized(difference(at, from), [0, 0, -1]);
  return { view, right: normalized(cross(view, up), [1, 0, 0]) };
}

/** Turned about the world's up and about its own right, within the poles of what it takes for up. */
function turnedView(pose: CameraPose, aboutUpRad: number, aboutRightRad: number) {
  const { view, right } = axes(pose);
  // A rolled camera turns about its own up: about the world's it would not go where it is dragged.
  const isLevel = Math.abs(dot(right, plusY)) < 1e-3;
  const pole = isLevel ? scaled(plusY, pose.up[1] < 0 ? -1 : 1) : pose.up;
  const height = Math.asin(Math.max(-1, Math.min(1, dot(view, pole))));
  const most = Math.PI / 2 - poleRad;
  const angle = Math.max(-most, Math.min(most, height + aboutRightRad)) - height;
  const raised = rotated(view, right, angle);
  return { view: rotated(raised, pole, aboutUpRad), up: rotated(rotated(pose.up, right, angle), pole, aboutUpRad) };
}

/** `up` is made square to the view again: many small turns would let it drift. */
function squared({ from, at, up, verticalFovDeg, apertureRadius, focusDistance }: CameraPose): CameraPose {
  const view = normalized(difference(at, from), [0, 0, -1]);
  const fallback: Vector3 = Math.abs(view[1]) > 0.9 ? [0, 0, -1] : plusY;
  const side = cross(view, up);
  const right = length(side) > 1e-9 ? side : cross(view, fallback);
  const square = normalized(cross(right, view), plusY);
  return { from, at, up: square, verticalFovDeg, apertureRadius, focusDistance };
}

function pivotDistance(from: Vector3, view: Vector3, bounds: readonly number[]): number {
  const [low, high] = [vectorOf(bounds), vectorOf(bounds.slice(3))];
  if (low === undefined || high === undefined) return 1;
  const size = length(difference(high, low));
  const depth = dot(difference(scaled(added(low, high), 0.5), from), view);
  return depth > 0.01 * size ? depth : Math.max(size / 2, 1e-3);
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
