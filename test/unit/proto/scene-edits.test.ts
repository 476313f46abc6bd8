// Edits that no scene can have are refused, whatever the scene.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { checkEdits } from "../../../proto/scene-edits.ts";

type Edits = MessageInitShape<typeof SceneEditsSchema>;
const check = (edits: Edits) => checkEdits(create(SceneEditsSchema, edits));
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `part ${index}` }));

describe("edits that can be", () => {
  it.each<[string, Edits]>([
    ["none", {}],
    ["a camera by name", { camera: { name: "front", verticalFovDeg: 30 } }],
    ["a camera by its place", { camera: { lookFrom: [1, 2, 3], lookAt: [0, 0, 0], up: [0, 0, 1], focusDistance: 2 } }],
    ["an environment that is off", { environment: { rotationDeg: 720, tint: { r: 0, g: 0, b: 0 } } }],
    ["as many as there may be", { objects: many(limits.editedPartsMax) }],
    ["the brightest light", { lights: [{ id: "x".repeat(limits.editIdCharsMax), intensity: { r: 1e6, g: 0, b: 0 } }] }],
    ["shares of one", { materials: [{ id: "a", roughness: 1, metallic: 0, baseColor: { r: 1, g: 1, b: 1 } }] }],
  ])("%s -> taken", (_, edits) => {
    expect(() => check(edits)).not.toThrow();
  });
});

describe("edits that cannot be", () => {
  it.each<[string, Edits]>([
    ["one part more than there may be", { objects: many(limits.editedPartsMax + 1) }],
    ["the same part twice", { lights: [{ id: "a" }, { id: "a" }] }],
    ["a part without a name", { materials: [{ id: "" }] }],
    ["a longer name", { materials: [{ id: "x".repeat(limits.editIdCharsMax + 1) }] }],
    ["a brighter light", { lights: [{ id: "a", intensity: { r: 1e6 + 1, g: 0, b: 0 } }] }],
    ["a light that takes light", { lights: [{ id: "a", intensity: { r: 0, g: -1, b: 0 } }] }],
    ["a colour that is no number", { materials: [{ id: "a", baseColor: { r: Number.NaN, g: 0, b: 0 } }] }],
    ["a roughness beyond 1", { materials: [{ id: "a", roughness: 1.01 }] }],
    ["a metalness below 0", { materials: [{ id: "a", metallic: -0.1 }] }],
    ["a tint without end", { environment: { tint: { r: Number.POSITIVE_INFINITY, g: 0, b: 0 } } }],
    ["an angle that is no number", { environment: { rotationDeg: Number.NaN } }],
    ["a camera by name and place", { camera: { name: "a", lookFrom: [1, 2, 3] } }],
    ["a camera that looks from nowhere", { camera: { lookAt: [1, 2, 3] } }],
    ["a camera that stands where it looks", { camera: { lookFrom: [1, 2, 3], lookAt: [1, 2, 3] } }],
    ["a camera that looks along up", { camera: { lookFrom: [0, 5, 0], lookAt: [0, 0, 0] } }],
    ["a vector of two numbers", { camera: { lookFrom: [1, 2] } }],
    ["a point beyond all scenes", { camera: { lookFrom: [1e8, 0, 0] } }],
    ["a half circle's view", { camera: { verticalFovDeg: 180 } }],
    ["a focus behind the camera", { camera: { focusDistance: -1 } }],
    ["an aperture below 0", { camera: { apertureRadius: -1 } }],
    [
      "more text than a record holds",
      { objects: many(limits.editedPartsMax).map(({ id }) => ({ id: id.padEnd(limits.editIdCharsMax) })) },
    ],
  ])("%s -> edit-impossible", (_, edits) => {
    expect(() => check(edits)).toThrow(expect.objectContaining({ code: "edit-impossible" }));
  });
});
