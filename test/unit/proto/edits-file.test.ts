// Files of edits: what is written is read again as it was, and what is wrong is named.
import { create, equals } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { editsFromText, editsToText } from "../../../proto/edits-file.ts";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";

const full = create(SceneEditsSchema, {
  camera: {
    lookFrom: [1, 2, 3],
    lookAt: [0, 0, 0],
    up: [0, 1, 0],
    verticalFovDeg: 35.5,
    apertureRadius: 0.01,
    focusDistance: 3,
  },
  environment: { rotationDeg: 0, tint: { r: 1, g: 0.5, b: 0.25 } },
  lights: [
    { id: "lamp", intensity: { r: 0.1, g: 0.2, b: 0.3 } },
    { id: "sun", off: true },
  ],
  materials: [
    { id: "paint", baseColor: { r: 1, g: 0, b: 0 }, roughness: 0, metallic: 1 },
    { id: "wood", roughness: 0.3 },
  ],
  objects: [{ id: "chair#2", hidden: true }, { id: "chair" }],
});

describe("a file of edits", () => {
  it.each([
    ["every kind of edit", full],
    ["no edit", create(SceneEditsSchema)],
    ["a camera by name", create(SceneEditsSchema, { camera: { name: "front" } })],
  ])("%s is written -> read again, the same", (_, edits) => {
    const again = editsFromText(editsToText(edits), "e.json");
    expect(equals(SceneEditsSchema, again, edits)).toBe(true);
  });

  it("what people write -> short, with nothing that says nothing", () => {
    const text = '{ "arrasEdits": 1, "lights": [{ "id": "lamp", "off": true }] }';
    const edits = editsFromText(text, "e.json");
    expect(equals(SceneEditsSchema, edits, create(SceneEditsSchema, { lights: [{ id: "lamp", off: true }] }))).toBe(
      true,
    );
    expect(JSON.parse(editsToText(edits))).toEqual(JSON.parse(text));
  });

  it.each([
    ["is no JSON", "{", "no JSON"],
    ["has no version", "{}", "arrasEdits"],
    ["is of a later version", '{ "arrasEdits": 2 }', "arrasEdits"],
    ["has a word that means nothing", '{ "arrasEdits": 1, "light": [] }', "light"],
    ["has a colour of two numbers", '{ "arrasEdits": 1, "lights": [{ "id": "a", "intensity": [1, 2] }] }', "lights[0]"],
    ["has text for a number", '{ "arrasEdits": 1, "materials": [{ "id": "a", "roughness": "0" }] }', "roughness"],
    [
      "has a roughness that cannot be",
      '{ "arrasEdits": 1, "materials": [{ "id": "a", "roughness": 2 }] }',
      "roughness",
    ],
  ])("%s -> edit-impossible, with the file and the place in it", (_, text, place) => {
    const refusal = { code: "edit-impossible", place: { path: "e.json" }, message: expect.stringContaining(place) };
    expect(() => editsFromText(text, "e.json")).toThrow(expect.objectContaining(refusal));
  });
});
