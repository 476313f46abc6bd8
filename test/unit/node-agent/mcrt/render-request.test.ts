// From the session's messages to what renderers and scene readers understand.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadScene, sceneRequest } from "../../../../node-agent/mcrt/load-scene.ts";
import { frameSeed, samplingOf } from "../../../../node-agent/mcrt/render-request.ts";
import { makeRenderer } from "../../../../node-agent/mcrt/renderers.ts";
import { resolvedCamera } from "../../../../node-agent/scene/scene-contents.ts";
import { fakeRender, smallFilm } from "../../../fakes/films.ts";

describe("sampling settings", () => {
  it.each(["blackman-harris", "box", "gaussian"])("the filter %s -> known", (filter) => {
    const sampling = samplingOf(
      fakeRender("", { filter, filterRadiusPx: 1.5, maxDepth: 7, rouletteDepth: 3, seed: 9 }),
    );
    expect(sampling).toEqual({
      seed: 9,
      maxDepth: 7,
      rouletteDepth: 3,
      filter: { kind: filter, radiusPx: 1.5 },
      strategy: "mis",
    });
  });

  it.each(["", "mitchell", "toString"])("the filter %j -> refused", (filter) => {
    expect(() => samplingOf(fakeRender("", { filter }))).toThrow(
      expect.objectContaining({ code: "message-malformed" }),
    );
  });

  it("frame 0 -> the seed itself; other frames -> each a seed of its own, 32 bits", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (seed, frame) => {
        expect(frameSeed(seed, 0)).toBe(seed);
        const other = frameSeed(seed, frame);
        expect(other >>> 0).toBe(other);
        if (frame !== 0) expect(other).not.toBe(seed);
      }),
    );
  });
});

describe("the camera that was chosen, as a message", () => {
  const base = { name: "cam", cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2, 3, 1] as const, lensRadius: 0 };

  it("perspective -> degrees, no height", () => {
    const projection = { t: "perspective" as const, verticalFovRad: Math.PI / 2 };
    const message = resolvedCamera({ ...base, projection, focusDistance: 1 } as never);
    expect([message.name, message.verticalFovDeg, message.orthographicHeight]).toEqual(["cam", 90, 0]);
    expect(message.cameraToWorld).toEqual([...base.cameraToWorld]);
  });

  it("orthographic -> the whole height, no degrees", () => {
    const projection = { t: "orthographic" as const, halfHeight: 2.5 };
    const message = resolvedCamera({ ...base, projection, focusDistance: 1 } as never);
    expect([message.verticalFovDeg, message.orthographicHeight]).toEqual([0, 5]);
  });

  it("a lens -> its radius, and what is sharp", () => {
    const projection = { t: "perspective" as const, verticalFovRad: 1 };
    const message = resolvedCamera({ ...base, projection, lensRadius: 0.1, focusDistance: 4 } as never);
    expect([message.apertureRadius, message.focusDistance]).toEqual([0.1, 4]);
  });
});

describe("the scene that is asked for", () => {
  it("nothing but a scene -> everything else undefined", () => {
    expect(sceneRequest(fakeRender("", { scenePath: "/a.gltf" }), smallFilm({ widthPx: 128, heightPx: 64 }))).toEqual({
      path: "/a.gltf",
      environmentPath: undefined,
      environmentRotationRad: 0,
      cameraName: undefined,
      lookFrom: undefined,
      lookAt: undefined,
      up: undefined,
      verticalFovDeg: undefined,
      apertureRadius: undefined,
      focusDistance: undefined,
      filmAspectRatio: 2,
    });
  });

  it("everything -> handed on, degrees as radians; 0 is not the same as nothing", () => {
    const camera = {
      name: "c",
      lookFrom: [1, 2, 3],
      lookAt: [0, 0, 0],
      up: [0, 0, 1],
      apertureRadius: 0,
      focusDistance: 2,
    };
    const render = fakeRender("", { environmentPath: "/e.hdr", environmentRotationDeg: 180, camera });
    expect(sceneRequest(render, smallFilm())).toMatchObject({
      environmentPath: "/e.hdr",
      environmentRotationRad: Math.PI,
      cameraName: "c",
      lookFrom: [1, 2, 3],
      lookAt: [0, 0, 0],
      up: [0, 0, 1],
      apertureRadius: 0,
      focusDistance: 2,
    });
  });

  it("the crop changes -> the aspect ratio is still the whole film's", () => {
    const film = smallFilm({ widthPx: 200, heightPx: 100, cropWindow: { x0: 0, y0: 0, x1: 10, y1: 100 } });
    expect(sceneRequest(fakeRender(), film).filmAspectRatio).toBe(2);
  });

  it("the fake renderer -> an empty scene, no file is read", async () => {
    const { scene, notices } = await loadScene(fakeRender("", { scenePath: "/nowhere.gltf" }), smallFilm());
    expect([scene.meshes, scene.objectNames, notices]).toEqual([[], ["fake"], []]);
  });

  it("another renderer and a scene that is not there -> scene-missing", async () => {
    const render = fakeRender("", { renderer: "embree", scenePath: "/nowhere.gltf" });
    await expect(loadScene(render, smallFilm())).rejects.toMatchObject({ code: "scene-missing" });
  });
});

describe("the renderer of a name", () => {
  it.each(["embree", "fake"])("%s -> made", (renderer) => {
    expect(makeRenderer(fakeRender("", { renderer })).capabilities().name).toBe(renderer);
  });

  it.each(["", "moonray", "constructor", "__proto__"])("%j -> renderer-missing", (renderer) => {
    expect(() => makeRenderer(fakeRender("", { renderer }))).toThrow(
      expect.objectContaining({ code: "renderer-missing" }),
    );
  });
});
