// A camera that is moved by hand.
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CameraChoiceSchema, ResolvedCameraSchema } from "../../../../proto/gen/arras/v1/scene_pb.ts";
import {
  type CameraPose,
  choiceOf,
  distanceOf,
  dollied,
  flown,
  focalLengthMm,
  focused,
  levelled,
  orbited,
  poseOf,
  rolled,
  shifted,
  turned,
  withAperture,
  withFocalLength,
} from "../../../../viewer/state/camera.ts";
import { cross, difference, dot, length, normalized, plusY, type Vector3 } from "../../../../viewer/state/vector.ts";
import { frontPose } from "../../../fakes/camera-poses.ts";

const angle = fc.double({ min: -4, max: 4, noNaN: true });
const moves = fc.array(
  fc.tuple(fc.constantFrom("orbit", "turn", "roll", "shift", "dolly", "fly", "level"), angle, angle),
  { maxLength: 40 },
);

function moved(from: CameraPose, kind: string, x: number, y: number): CameraPose {
  if (kind === "orbit") return orbited(from, x, y);
  if (kind === "turn") return turned(from, x, y);
  if (kind === "roll") return rolled(from, x);
  if (kind === "shift") return shifted(from, x, y);
  if (kind === "dolly") return dollied(from, 2 ** x);
  if (kind === "fly") return flown(from, { right: x, up: y, forward: x - y });
  return levelled(from);
}

function near(actual: Vector3, wanted: Vector3, within = 1e-9): boolean {
  return length(difference(actual, wanted)) <= within;
}

function view({ from, at }: CameraPose): Vector3 {
  return normalized(difference(at, from), [0, 0, -1]);
}

describe("a camera moved by hand", () => {
  it("any moves one after the other -> a camera still: up is square to the view, of unit length, everything finite", () => {
    fc.assert(
      fc.property(moves, (steps) => {
        let now = frontPose;
        for (const [kind, x, y] of steps) now = moved(now, kind, x, y);
        expect(Math.abs(dot(now.up, view(now)))).toBeLessThan(1e-6);
        expect(length(now.up)).toBeCloseTo(1, 6);
        expect([...now.from, ...now.at, ...now.up].every(Number.isFinite)).toBe(true);
        expect(distanceOf(now)).toBeGreaterThan(0);
      }),
    );
  });

  it("orbits -> the pivot and its distance stay; dragged right the camera goes left, dragged up it goes down", () => {
    const quarter = orbited(frontPose, Math.PI / 2, 0);
    expect(quarter.at).toEqual(frontPose.at);
    expect(near(quarter.from, [-10, 0, 0])).toBe(true);
    expect(orbited(frontPose, 0, 0.5).from[1]).toBeLessThan(0);
    expect(distanceOf(orbited(frontPose, 1.3, 0.7))).toBeCloseTo(10, 9);
  });

  it("orbits over the pole -> stops short of it, and the horizon stays level", () => {
    const top = orbited(frontPose, 0, -10);
    expect(top.from[1]).toBeGreaterThan(9.9);
    expect(Math.abs(dot(cross(view(top), top.up), plusY))).toBeLessThan(1e-9);
    expect(orbited(top, 0, 10).from[1]).toBeLessThan(-9.9);
  });

  it("turns on the spot -> stands where it stood and looks to the right", () => {
    const right = turned(frontPose, Math.PI / 2, 0);
    expect(right.from).toEqual(frontPose.from);
    expect(near(view(right), [1, 0, 0])).toBe(true);
    expect(view(turned(frontPose, 0, 0.3))[1]).toBeGreaterThan(0);
  });

  it("shifted by the picture's height -> what was at the pivot is at the edge", () => {
    const next = shifted(frontPose, 0, 0.5);
    const half = 10 * Math.tan((20 * Math.PI) / 180);
    expect(near(next.from, [0, -half, 10])).toBe(true);
    expect(near(view(next), view(frontPose))).toBe(true);
  });

  it("dollies in for ever -> comes near the pivot and never through it", () => {
    let now = frontPose;
    for (let at = 0; at < 100; at++) now = dollied(now, 0.001);
    expect(near(view(now), view(frontPose), 1e-6)).toBe(true);
    expect(dollied(frontPose, 2).from[2]).toBeCloseTo(20, 9);
  });

  it("flies forward, up, right -> by those metres, the pivot with it", () => {
    const next = flown(frontPose, { right: 1, up: 2, forward: 3 });
    expect(near(next.from, [1, 2, 7])).toBe(true);
    expect(near(next.at, [1, 2, -3])).toBe(true);
  });

  it("rolled, then levelled -> as before", () => {
    const askew = rolled(frontPose, 0.7);
    expect(near(askew.up, plusY)).toBe(false);
    expect(near(levelled(askew).up, plusY)).toBe(true);
  });

  it("focal length -> and field of view are one thing, within what lenses have", () => {
    const long = withFocalLength(frontPose, 50);
    expect(focalLengthMm(long)).toBeCloseTo(50, 9);
    expect(long.verticalFovDeg).toBeCloseTo(26.99, 2);
    expect(focalLengthMm(withFocalLength(frontPose, 1))).toBeCloseTo(8, 9);
  });

  it("an aperture -> focuses at the pivot until something else is chosen", () => {
    expect(withAperture(frontPose, 0.1)).toMatchObject({ apertureRadius: 0.1, focusDistance: 10 });
    expect(focused(withAperture(frontPose, 0.1), 3).focusDistance).toBe(3);
    expect(focused(frontPose, Number.POSITIVE_INFINITY)).toBe(frontPose);
  });
});

describe("a camera's pose", () => {
  const resolved = create(ResolvedCameraSchema, {
    name: "camera",
    cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2, 8, 1],
    verticalFovDeg: 30,
  });

  it("of the scene's camera -> its place, its view; the pivot beside the middle of the scene", () => {
    const found = poseOf(resolved, undefined, [-1, -1, -1, 1, 1, 1]);
    expect(found).toMatchObject({ from: [1, 2, 8], at: [1, 2, 0], up: [0, 1, 0], verticalFovDeg: 30 });
  });

  it("of one with a lens -> keeps it", () => {
    const lens = create(ResolvedCameraSchema, { ...resolved, apertureRadius: 0.2, focusDistance: 7 });
    expect(poseOf(lens, undefined, [])).toMatchObject({ apertureRadius: 0.2, focusDistance: 7 });
    expect(poseOf(resolved, undefined, [])).toMatchObject({ apertureRadius: 0, focusDistance: undefined });
  });

  it("of one that looks away from the scene, without perspective -> a pivot before it, the usual angle", () => {
    const away = create(ResolvedCameraSchema, {
      cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, -50, 1],
    });
    const found = poseOf(away, undefined, [-1, -1, -1, 1, 1, 1]);
    expect(found?.at[2]).toBeLessThan(-50);
    expect(found?.verticalFovDeg).toBe(40);
  });

  it("that somebody has edited -> theirs, and back to the same message", () => {
    const choice = create(CameraChoiceSchema, {
      lookFrom: [0, 0, 4],
      lookAt: [0, 0, 0],
      up: [0, 1, 0],
      verticalFovDeg: 50,
      apertureRadius: 0.25,
      focusDistance: 4,
    });
    const found = poseOf(resolved, choice, []);
    expect(found).toBeDefined();
    if (found !== undefined) expect(choiceOf(found)).toEqual(choice);
  });

  it("of nothing -> none", () => {
    expect(poseOf(undefined, undefined, [])).toBeUndefined();
  });
});
