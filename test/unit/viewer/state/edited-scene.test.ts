// A scene's parts with edits.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  LightContentsSchema,
  LinearColorSchema,
  MaterialContentsSchema,
} from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { CameraChoiceSchema } from "../../../../proto/gen/arras/v1/scene_pb.ts";
import {
  editCount,
  isHidden,
  lightNow,
  materialNow,
  noEdits,
  sameEdits,
  withCamera,
  withEnvironment,
  withHidden,
  withLight,
  withMaterial,
  withPlainMaterial,
} from "../../../../viewer/state/edited-scene.ts";

const grey = create(LinearColorSchema, { r: 0.5, g: 0.5, b: 0.5 });
const red = create(LinearColorSchema, { r: 1 });
const lamp = create(LightContentsSchema, { id: "lamp", kind: "point", intensity: grey });
const paint = create(MaterialContentsSchema, { id: "paint", baseColor: grey, roughness: 0.4, metallic: 0.1 });

describe("edits of a scene", () => {
  it("none -> every part as in the file", () => {
    expect(lightNow(lamp, noEdits)).toEqual({ intensity: grey, isOff: false });
    expect(materialNow(paint, noEdits)).toEqual({ baseColor: grey, roughness: 0.4, metallic: 0.1 });
    expect(isHidden("chair", noEdits)).toBe(false);
    expect(editCount(noEdits)).toBe(0);
  });

  it("a light coloured, then off -> both kept; on again and the colour taken back -> no edit", () => {
    const colored = withLight(noEdits, "lamp", { intensity: red });
    const off = withLight(colored, "lamp", { off: true });
    expect(lightNow(lamp, off)).toEqual({ intensity: red, isOff: true });
    const plain = withLight(withLight(off, "lamp", { off: false }), "lamp", { intensity: undefined as never });
    expect(sameEdits(plain, noEdits)).toBe(true);
  });

  it("a material's parts one by one -> together; as in the file -> no edit", () => {
    const rough = withMaterial(noEdits, "paint", { roughness: 0 });
    const both = withMaterial(rough, "paint", { baseColor: red });
    expect(materialNow(paint, both)).toEqual({ baseColor: red, roughness: 0, metallic: 0.1 });
    expect(both.materials).toHaveLength(1);
    expect(sameEdits(withPlainMaterial(both, "paint"), noEdits)).toBe(true);
  });

  it("objects hidden and shown -> only the hidden ones are edits", () => {
    const two = withHidden(withHidden(noEdits, "chair", true), "table", true);
    expect([isHidden("chair", two), isHidden("lamp", two), editCount(two)]).toEqual([true, false, 2]);
    expect(editCount(withHidden(two, "chair", false))).toBe(1);
  });

  it("camera and environment -> one each; taken back, none", () => {
    const camera = create(CameraChoiceSchema, { lookFrom: [1, 2, 3] });
    const edits = withEnvironment(withCamera(noEdits, camera), { rotationDeg: 30 });
    expect(editCount(edits)).toBe(2);
    const turned = withEnvironment(edits, { tint: red });
    expect(turned.environment).toMatchObject({ rotationDeg: 30, tint: red });
    expect(editCount(withCamera(edits, undefined))).toBe(1);
    expect(noEdits.camera).toBeUndefined();
  });
});
