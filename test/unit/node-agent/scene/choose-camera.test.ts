// Which camera takes the picture, and what is said where a request cannot be followed.
import { describe, expect, it } from "vitest";
import { sceneBounds } from "../../../../node-agent/scene/bounds.ts";
import { type CameraRequest, chooseCamera } from "../../../../node-agent/scene/choose-camera.ts";
import type { Camera } from "../../../../node-agent/scene/description.ts";
import { identityMatrix } from "../../../../node-agent/scene/matrix.ts";

const cameraOf = (name: string, overrides: Partial<Camera> = {}): Camera => ({
  name,
  // At (0, 0, 10), looking along −Z at the triangle around the origin.
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 10, 1],
  projection: { t: "perspective", verticalFovRad: 0.5 },
  lensRadius: 0,
  focusDistance: 1,
  ...overrides,
});

const mesh = {
  name: "triangle",
  positions: Float32Array.of(-1, -1, -1, 1, -1, 1, 0, 1, 0),
  indices: Uint32Array.of(0, 1, 2),
  texcoords: [] as [],
  materialIndex: 0,
};
const triangle = { meshes: [mesh], instances: [{ meshIndex: 0, objectToWorld: identityMatrix, objectId: 1 }] };

const choose = (request: Partial<CameraRequest>, ...cameras: Camera[]) =>
  chooseCamera({ filmAspectRatio: 1.5, ...request }, { cameras, bounds: () => sceneBounds(triangle) });

describe("which camera", () => {
  it("nothing is asked -> the scene's first, with a notice only where there are others", () => {
    expect(choose({}, cameraOf("a"))).toMatchObject({ camera: { name: "a" }, notices: [] });
    expect(choose({}, cameraOf("a"), cameraOf("b"))).toMatchObject({
      camera: { name: "a" },
      notices: ['Camera "a" is used, the first of 2'],
    });
  });

  it("the scene has none -> framed automatically at 40° or as asked, with a notice", () => {
    const { camera, notices } = choose({});
    expect(camera).toMatchObject({ name: "automatic", projection: { verticalFovRad: (40 * Math.PI) / 180 } });
    expect(notices).toHaveLength(1);
    const wide = choose({ verticalFovDeg: 90 }).camera;
    expect(wide.projection).toEqual({ t: "perspective", verticalFovRad: Math.PI / 2 });
    expect(wide.focusDistance).toBeLessThan(camera.focusDistance);
  });

  it("a name -> that one; one that is not there -> camera-missing with those that are", () => {
    expect(choose({ cameraName: "b" }, cameraOf("a"), cameraOf("b"))).toMatchObject({
      camera: { name: "b" },
      notices: [],
    });
    expect(() => choose({ cameraName: "c" }, cameraOf("a"), cameraOf("b"))).toThrow(
      expect.objectContaining({ code: "camera-missing", action: 'Use one of "a", "b".' }),
    );
    expect(() => choose({ cameraName: "c" })).toThrow(
      expect.objectContaining({ code: "camera-missing", action: "It has none: use --look-from and --look-at." }),
    );
  });

  it("look-from alone -> at the middle of the scene, whatever cameras there are", () => {
    const { camera } = choose({ lookFrom: [5, 0, 0] }, cameraOf("a"));
    expect(camera).toMatchObject({ name: "look-at", focusDistance: 5 });
    expect(camera.cameraToWorld.slice(8, 11).map((value) => Math.round(value))).toEqual([1, 0, 0]);
  });

  it("look-from, look-at and up -> that view", () => {
    const { camera } = choose({ lookFrom: [0, 9, 0], lookAt: [0, 1, 0], up: [0, 0, -1], verticalFovDeg: 60 });
    expect(camera.focusDistance).toBeCloseTo(8);
    expect(camera.projection).toEqual({ t: "perspective", verticalFovRad: Math.PI / 3 });
  });
});

describe("lens", () => {
  it("nothing is asked -> a pinhole, in focus at the middle of the scene", () => {
    expect(choose({}, cameraOf("a")).camera).toMatchObject({ lensRadius: 0, focusDistance: 10 });
  });

  it("an aperture and a focus -> those; a field of view replaces the camera's, an orthographic one too", () => {
    const flat = cameraOf("a", { projection: { t: "orthographic", halfHeight: 2 } });
    expect(choose({ apertureRadius: 0.1, focusDistance: 3 }, flat).camera).toMatchObject({
      lensRadius: 0.1,
      focusDistance: 3,
      projection: { t: "orthographic", halfHeight: 2 },
    });
    expect(choose({ verticalFovDeg: 180 / Math.PI }, flat).camera.projection).toEqual({
      t: "perspective",
      verticalFovRad: 1,
    });
  });

  it("the scene lies behind -> refused with an aperture and no focus; without an aperture it does not matter", () => {
    const behind = cameraOf("a", { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, -10, 1] });
    expect(choose({}, behind).camera.focusDistance).toBe(1);
    expect(choose({ apertureRadius: 0.1, focusDistance: 2 }, behind).camera.focusDistance).toBe(2);
    expect(() => choose({ apertureRadius: 0.1 }, behind)).toThrow(
      expect.objectContaining({ code: "usage", place: { setting: "--focus" } }),
    );
  });
});

it.each<[string, Partial<CameraRequest>, string]>([
  ["a name and look-from", { cameraName: "a", lookFrom: [0, 0, 1] }, "--camera"],
  ["a name and look-at", { cameraName: "a", lookAt: [0, 0, 1] }, "--camera"],
  ["look-at alone", { lookAt: [0, 0, 1] }, "--look-at"],
  ["look-from at look-at", { lookFrom: [1, 1, 1], lookAt: [1, 1, 1] }, "--look-from"],
  ["up along the view", { lookFrom: [0, 9, 0], lookAt: [0, 1, 0] }, "--look-from"],
  ["no field of view", { verticalFovDeg: 0 }, "--fov"],
  ["half the world", { verticalFovDeg: 180 }, "--fov"],
  ["a field of view that is no number", { verticalFovDeg: Number.NaN }, "--fov"],
  ["an aperture below 0", { apertureRadius: -1 }, "--aperture"],
  ["an endless aperture", { apertureRadius: Number.POSITIVE_INFINITY }, "--aperture"],
  ["a focus at the lens", { focusDistance: 0 }, "--focus"],
  ["a focus that is no number", { focusDistance: Number.NaN }, "--focus"],
])("%s -> usage, naming the option", (_, request, setting) => {
  expect(() => choose(request, cameraOf("a"))).toThrow(expect.objectContaining({ code: "usage", place: { setting } }));
});
