// What edits come to in a scene: what a renderer is told, and what is refused by name.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { sceneBounds } from "../../../../node-agent/scene/bounds.ts";
import type { SceneDescription } from "../../../../node-agent/scene/description.ts";
import { editableScene } from "../../../../node-agent/scene/editable-scene.ts";
import { sunAndSky } from "../../../../node-agent/scene/environment/sun-and-sky.ts";
import { sceneContents } from "../../../../node-agent/scene/scene-contents.ts";
import { sceneUpdate } from "../../../../node-agent/scene/scene-update.ts";
import { SceneEditsSchema } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { checkAgainst } from "../../../../proto/scene-edits.ts";
import { camera, diffuse, quad, scene, sphere } from "../renderers/embree/scenes.ts";

const { sun, sky } = sunAndSky(0);
const room: SceneDescription = scene({
  meshes: [sphere(1, 4, { name: "ball" }), quad([0, 3, 0], [1, 0, 0], [0, 0, 1], { name: "ball", materialIndex: 1 })],
  materials: [
    diffuse([0.5, 0.5, 0.5], { name: "paint" }),
    diffuse([0, 0, 0], { name: "glow", emissive: [2, 2, 2] }),
    diffuse([0, 0, 0], { name: "unused", emissive: [2, 2, 2] }),
    diffuse([1, 0, 0], { name: "paint" }),
  ],
  lights: [{ t: "point", name: "lamp", position: [0, 2, 0], intensity: [1, 1, 1] }, sun],
  environment: sky,
  cameras: [camera([0, 0, 5], { name: "front" }), camera([5, 0, 0], { name: "side" })],
});
const given = { bounds: sceneBounds(room), camera: room.cameras[0]!, filmAspectRatio: 1.5 };
const editable = editableScene(room, given);
const update = (edits: MessageInitShape<typeof SceneEditsSchema>) =>
  sceneUpdate(editable, create(SceneEditsSchema, edits));
const refusal = { code: "edit-impossible" };

describe("what of a scene can be edited", () => {
  it("objects, materials, lights and what emits where it is placed, cameras, environment, bounds -> all by their names", () => {
    expect(sceneContents(editable)).toMatchObject({
      objects: [{ id: "ball" }, { id: "ball#2" }],
      materials: [
        { id: "paint" },
        { id: "glow" },
        { id: "unused" },
        { id: "paint#2", baseColor: { r: 1, g: 0, b: 0 } },
      ],
      lights: [
        { id: "lamp", kind: "point", intensity: { r: 1, g: 1, b: 1 } },
        { id: "sun", kind: "directional" },
        { id: "glow", kind: "emissive", intensity: { r: 2, g: 2, b: 2 } },
      ],
      cameras: ["front", "side"],
      hasEnvironment: true,
      camera: { name: "front" },
      isCut: false,
      bounds: [-1, -1, -1, 1, 3, 1],
    });
  });

  it("an empty scene -> no bounds, and nothing to edit but the camera", () => {
    const empty = scene({});
    const contents = sceneContents(editableScene(empty, { ...given, bounds: sceneBounds(empty) }));
    expect(contents).toMatchObject({ objects: [], lights: [], hasEnvironment: false, bounds: [] });
  });

  it("more parts than are listed -> cut, and said", () => {
    const objectNames = Array.from({ length: 2000 }, (_, index) => `o${index}`);
    const contents = sceneContents(editableScene({ ...room, objectNames }, given));
    expect([contents.isCut, contents.objects.length]).toEqual([true, 1024]);
  });
});

describe("what edits come to", () => {
  it("none -> as the file has it", () => {
    expect(update({})).toEqual({ camera: room.cameras[0], materials: [], hiddenObjectIds: [] });
  });

  it("a camera by name, by place, and the scene's own with another angle", () => {
    expect(update({ camera: { name: "side" } }).camera.name).toBe("side");
    const looking = update({ camera: { lookFrom: [0, 0, 9], lookAt: [0, 0, 0], verticalFovDeg: 30 } }).camera;
    expect([looking.name, looking.focusDistance]).toEqual(["look-at", 9]);
    const { projection } = update({ camera: { verticalFovDeg: 90 } }).camera;
    expect(projection).toEqual({ t: "perspective", verticalFovRad: Math.PI / 2 });
  });

  it("the built-in sky is turned and tinted -> its sun with it", () => {
    const { environment, lights } = update({ environment: { rotationDeg: 90, tint: { r: 0.5, g: 1, b: 1 } } });
    expect(environment).toEqual({ rotationRad: Math.PI / 2, tint: [0.5, 1, 1] });
    const turned = sunAndSky(Math.PI / 2).sun;
    if (sun.t !== "directional" || turned.t !== "directional") throw new Error("the sun is directional");
    const [r, g, b] = sun.irradiance;
    expect(lights?.[1]).toMatchObject({ direction: turned.direction, irradiance: [r * 0.5, g, b] });
    expect(lights?.[0]).toEqual(room.lights[0]);
  });

  it("lights -> all of them, the edited ones with their intensity, black where they are off", () => {
    const { lights } = update({
      lights: [
        { id: "lamp", intensity: { r: 3, g: 2, b: 1 } },
        { id: "sun", off: true },
      ],
    });
    expect(lights).toMatchObject([{ intensity: [3, 2, 1] }, { irradiance: [0, 0, 0] }]);
  });

  it("what emits, and the same material's factors -> one edit of the material; other lights are as prepared", () => {
    const both = update({
      lights: [{ id: "glow", intensity: { r: 9, g: 0, b: 0 } }],
      materials: [
        { id: "glow", roughness: 0.25 },
        { id: "paint#2", baseColor: { r: 0, g: 1, b: 0 }, metallic: 1 },
      ],
    });
    expect(both.lights).toBeUndefined();
    expect(both.materials).toMatchObject([
      { materialIndex: 1, roughness: 0.25, emissive: [9, 0, 0], baseColor: [0, 0, 0] },
      { materialIndex: 3, roughness: 1, metallic: 1, baseColor: [0, 1, 0], emissive: [0, 0, 0] },
    ]);
  });

  it("objects -> the ids of those that are hidden", () => {
    const objects = [
      { id: "ball#2", hidden: true },
      { id: "ball", hidden: false },
    ];
    expect(update({ objects }).hiddenObjectIds).toEqual([2]);
  });

  it.each([
    ["light", { lights: [{ id: "no" }] }],
    ["material", { materials: [{ id: "no" }] }],
    ["object", { objects: [{ id: "no" }] }],
    ["camera", { camera: { name: "no" } }],
  ])("a %s that is not there -> refused by name, before and by the renderer's process", (what, edits) => {
    const named = { ...refusal, message: expect.stringContaining(`no ${what} "no"`) };
    expect(() => update(edits)).toThrow(expect.objectContaining(named));
    expect(() => checkAgainst(sceneContents(editable), create(SceneEditsSchema, edits))).toThrow(
      expect.objectContaining(named),
    );
  });

  it("an environment where there is none -> refused", () => {
    const dark = editableScene(scene({}), given);
    const edits = create(SceneEditsSchema, { environment: { rotationDeg: 1 } });
    expect(() => sceneUpdate(dark, edits)).toThrow(expect.objectContaining(refusal));
    expect(() => checkAgainst(sceneContents(dark), edits)).toThrow(expect.objectContaining(refusal));
  });

  it("nothing before the camera to focus on -> refused", () => {
    const camera = { lookFrom: [0, 0, 5], lookAt: [0, 0, 5] };
    expect(() => update({ camera })).toThrow(expect.objectContaining(refusal));
  });
});
