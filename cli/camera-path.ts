// A camera's way through a scene, as --record writes and --replay follows it: where it was at which second, in JSON,
// version 1 (docs/camera-path.md). Pure.
import { create } from "@bufbuild/protobuf";
import { z } from "zod";
import { cameraFields, cameraFromForm, cameraToForm } from "../proto/camera-file.ts";
import { ArrasError } from "../proto/errors.ts";
import { SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import type { CameraChoice } from "../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../proto/limits.ts";
import { checkEdits } from "../proto/scene-edits.ts";

const pathVersion = 1;

export interface PathCamera {
  /** Seconds from the beginning. */
  readonly atS: number;
  readonly camera: CameraChoice;
}

/** In the order of time, each later than the one before; at least one. */
export type CameraPath = readonly PathCamera[];

const cameraForm = z.strictObject({
  at: z.number().min(0).max(limits.cameraPathSecondsMax),
  name: z.string().max(limits.editIdCharsMax).optional(),
  ...cameraFields,
});
const pathForm = z.strictObject({
  arrasCameraPath: z.literal(pathVersion),
  cameras: z.array(cameraForm).min(1).max(limits.cameraPathCamerasMax),
});

/** Throws `usage`, with what is wrong. `path` is for errors. */
export function cameraPathFromText(text: string, path: string): CameraPath {
  try {
    const { cameras } = pathForm.parse(JSON.parse(text));
    for (const [index, { at }] of cameras.entries())
      if (index > 0 && at <= (cameras[index - 1]?.at ?? 0))
        throw new Error(`camera ${index + 1} is at ${at} s, no later than the one before`);
    return cameras.map(({ at, ...form }, index) => ({ atS: at, camera: checked(cameraFromForm(form), index) }));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new ArrasError("usage", {
      message: `${path} is no camera path: ${reason}`,
      action: "See docs/camera-path.md for its form.",
      place: { path, setting: "--replay" },
      cause,
    });
  }
}

export function cameraPathToText(path: CameraPath): string {
  const lines = path.map(
    ({ atS, camera }) => `    ${JSON.stringify({ at: Math.round(atS * 1000) / 1000, ...cameraToForm(camera) })}`,
  );
  return `{\n  "arrasCameraPath": ${pathVersion},\n  "cameras": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** Seconds until its last camera. */
export function pathSeconds(path: CameraPath): number {
  return path.at(-1)?.atS ?? 0;
}

/**
 * Where it is at that second: on the straight line between the two cameras around it, at the nearer end of the path
 * before and after it. A camera by its name, or one that says less than the other, is jumped to.
 */
export function cameraAt(path: CameraPath, atS: number): CameraChoice {
  const next = path.findIndex((each) => each.atS > atS);
  const after = path[next === -1 ? path.length - 1 : next];
  const before = path[next <= 0 ? path.length - 1 : next - 1];
  if (after === undefined || before === undefined) throw new RangeError("a path without a camera");
  if (next === -1 || next === 0) return after.camera;
  const share = (atS - before.atS) / (after.atS - before.atS);
  return between(before.camera, after.camera, share) ?? before.camera;
}

/** The path with one more camera, which is there from `atS` on: until then it stood where it was. */
export function withCamera(path: CameraPath, { atS, camera }: PathCamera, intervalS: number): CameraPath {
  const last = path.at(-1);
  if (last === undefined) return [{ atS, camera }];
  if (JSON.stringify(cameraToForm(last.camera)) === JSON.stringify(cameraToForm(camera)) || atS <= last.atS)
    return path;
  const stoodUntilS = atS - intervalS;
  const stood = stoodUntilS > last.atS + intervalS ? [{ atS: stoodUntilS, camera: last.camera }] : [];
  return [...path, ...stood, { atS, camera }];
}

function between(a: CameraChoice, b: CameraChoice, share: number): CameraChoice | undefined {
  if (a.name !== "" || b.name !== "") return undefined;
  const lengths = (camera: CameraChoice) =>
    [camera.lookFrom, camera.lookAt, camera.up].map(({ length }) => length).join();
  if (lengths(a) !== lengths(b)) return undefined;
  const mixed = (from: number, to: number) => from + (to - from) * share;
  const vector = (from: readonly number[], to: readonly number[]) => from.map((value, axis) => mixed(value, to[axis]!));
  const optional = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? from : mixed(from, to);
  const { verticalFovDeg, apertureRadius, focusDistance } = a;
  return cameraFromForm({
    lookFrom: vector(a.lookFrom, b.lookFrom),
    lookAt: vector(a.lookAt, b.lookAt),
    up: vector(a.up, b.up),
    verticalFovDeg: optional(verticalFovDeg, b.verticalFovDeg),
    apertureRadius: optional(apertureRadius, b.apertureRadius),
    focusDistance: optional(focusDistance, b.focusDistance),
  });
}

function checked(camera: CameraChoice, index: number): CameraChoice {
  try {
    checkEdits(create(SceneEditsSchema, { camera }));
    return camera;
  } catch (thrown) {
    throw new Error(`camera ${index + 1}: ${messageOf(thrown)}`);
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
