// Choosing reader, light and camera for a scene.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readScene, type SceneRequest } from "../../../../node-agent/scene/read-scene.ts";
import { refusal, SceneFolder, triangleGlb } from "./gltf/small-gltf.ts";

let folder: SceneFolder;
beforeAll(async () => {
  folder = await SceneFolder.create();
});
afterAll(() => folder.close());

let fileCount = 0;
async function read(glb: Uint8Array, request: Partial<SceneRequest> = {}) {
  const path = await folder.write(`scene-${fileCount++}.glb`, glb);
  return readScene({ path, environmentRotationRad: 0, filmAspectRatio: 1, ...request });
}

describe("reader", () => {
  it.each(["scene.obj", "scene", "scene.gltf.zip"])("%s → scene-unsupported naming what is readable", async (path) => {
    const error = await refusal(readScene({ path, environmentRotationRad: 0, filmAspectRatio: 1 }));
    expect(error.code).toBe("scene-unsupported");
    expect(error.action).toContain(".gltf or .glb");
  });

  it("an extension in capitals → read", async () => {
    const path = await folder.write("LOUD.GLB", triangleGlb());
    expect((await readScene({ path, environmentRotationRad: 0, filmAspectRatio: 1 })).scene.meshes).toHaveLength(1);
  });
});

describe("light", () => {
  const light = {
    extensions: { KHR_lights_punctual: { lights: [{ type: "point" }] } },
    nodes: [{ mesh: 0 }, { extensions: { KHR_lights_punctual: { light: 0 } } }],
  };

  it("no light anywhere → sun and sky, with a notice", async () => {
    const { scene, notices } = await read(triangleGlb());
    expect(scene.environment?.name).toBe("sky");
    expect(scene.lights).toMatchObject([{ t: "directional", name: "sun", angularRadiusRad: 0.00465 }]);
    expect(notices).toContainEqual(expect.stringContaining("sun and sky"));
  });

  it("a light or an emissive surface in the scene → nothing is added", async () => {
    const emissive = triangleGlb({ materials: [{ emissiveFactor: [0, 0, 1] }] }, { material: 0 });
    for (const glb of [triangleGlb(light), emissive]) {
      const { scene } = await read(glb);
      expect(scene.environment).toBeUndefined();
      expect(scene.lights.filter(({ name }) => name === "sun")).toEqual([]);
    }
  });

  it('environment "none" → darkness', async () => {
    const { scene } = await read(triangleGlb(), { environmentPath: "none" });
    expect(scene.environment).toBeUndefined();
    expect(scene.lights).toEqual([]);
  });

  it("a picture → the environment, beside the scene's own lights, turned", async () => {
    const hdr = Buffer.concat([Buffer.from("#?RADIANCE\n\n-Y 1 +X 2\n"), Uint8Array.of(2, 2, 2, 136, 2, 2, 2, 136)]);
    const environmentPath = await folder.write("light.hdr", hdr);
    const { scene } = await read(triangleGlb(light), { environmentPath, environmentRotationRad: 1 });
    expect(scene.environment).toMatchObject({ name: "light.hdr", rotationRad: 1 });
    expect(scene.lights).toHaveLength(1);
  });
});

describe("camera", () => {
  const cameras = [
    { type: "perspective", perspective: { yfov: 0.5, znear: 0.1 } },
    { type: "orthographic", orthographic: { xmag: 1, ymag: 1, znear: 0, zfar: 1 } },
  ];
  const nodes = [{ mesh: 0 }, { camera: 0, name: "main", translation: [0, 0, 5] }, { camera: 1, name: "side" }];
  const withCameras = triangleGlb({ cameras, nodes });

  it("no wish → the scene's first, with a notice that there are more; by name → that one", async () => {
    const first = await read(withCameras);
    expect(first.camera.name).toBe("main");
    expect(first.notices).toContainEqual(expect.stringContaining("the first of 2"));
    expect((await read(withCameras, { cameraName: "side" })).camera.projection.t).toBe("orthographic");
  });

  it("a name that is none → camera-missing naming those that there are", async () => {
    const error = await refusal(read(withCameras, { cameraName: "none" }));
    expect(error.code).toBe("camera-missing");
    expect(error.action).toBe('Use one of "main", "side".');
  });

  it("look-from and look-at → a frame that looks there, focused there", async () => {
    const { camera } = await read(withCameras, { lookFrom: [0, 0, 4], lookAt: [0, 0, 1], verticalFovDeg: 90 });
    expect(camera.cameraToWorld).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 4, 1]);
    expect(camera).toMatchObject({
      projection: { t: "perspective", verticalFovRad: Math.PI / 2 },
      focusDistance: 3,
      lensRadius: 0,
    });
  });

  it("an aperture → focused on the middle of the scene, or where it is said", async () => {
    const middle = await read(withCameras, { apertureRadius: 0.1 });
    expect(middle.camera).toMatchObject({ lensRadius: 0.1, focusDistance: 5 });
    expect((await read(withCameras, { apertureRadius: 0.1, focusDistance: 2 })).camera.focusDistance).toBe(2);
  });

  it.each([1, 0.5, 2.39])(
    "no camera, film %d wide → the whole scene is in the picture and fills it",
    async (filmAspectRatio) => {
      const { camera, notices } = await read(triangleGlb({ nodes: [{ mesh: 0, translation: [7, 8, 9] }] }), {
        filmAspectRatio,
      });
      expect(notices).toContainEqual(expect.stringContaining("framed automatically"));
      const m = camera.cameraToWorld;
      const tangent = Math.tan((camera.projection as { verticalFovRad: number }).verticalFovRad / 2);
      const extents = [
        [7, 8, 9],
        [8, 8, 9],
        [7, 9, 9],
        [8, 9, 9],
      ].map((point) => {
        const offset = point.map((value, k) => value - m[12 + k]!);
        const along = (column: number) => offset.reduce((sum, value, k) => sum + value * m[column * 4 + k]!, 0);
        return Math.max(Math.abs(along(0)) / (tangent * filmAspectRatio), Math.abs(along(1)) / tangent) / -along(2);
      });
      expect(Math.max(...extents)).toBeLessThanOrEqual(1);
      expect(Math.max(...extents)).toBeGreaterThan(0.85);
    },
  );

  it.each<[string, Partial<SceneRequest>]>([
    ["a name and look-from", { cameraName: "main", lookFrom: [0, 0, 1] }],
    ["look-at alone", { lookAt: [0, 0, 0] }],
    ["look-from and look-at in one point", { lookFrom: [1, 1, 1], lookAt: [1, 1, 1] }],
    ["up along the view", { lookFrom: [0, 5, 0], lookAt: [0, 0, 0] }],
    ["a field of view of 180°", { verticalFovDeg: 180 }],
    ["an aperture below 0", { apertureRadius: -1 }],
    ["a focus distance of 0", { focusDistance: 0 }],
  ])("%s → a usage error with the setting", async (_, request) => {
    const error = await refusal(read(withCameras, request));
    expect(error.code).toBe("usage");
    expect(error.place.setting).toMatch(/^--/);
  });
});
