// A camera as files have it: there and back, and nothing said about what is not said.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { cameraFromForm, cameraToForm } from "../../../proto/camera-file.ts";
import { CameraChoiceSchema } from "../../../proto/gen/arras/v1/scene_pb.ts";

const whole = {
  name: "closeup",
  lookFrom: [1, 2, 3],
  lookAt: [0, 0.5, 0],
  up: [0, 1, 0],
  verticalFovDeg: 40,
  apertureRadius: 0,
  focusDistance: 2.5,
};

describe("a camera in a file", () => {
  it("everything is said -> the same after there and back, zeros too", () => {
    expect(cameraToForm(cameraFromForm(whole))).toEqual(whole);
  });

  it.each(Object.keys(whole))("all but %s is said -> that stays open in the message and in the file", (name) => {
    const form = { ...whole, [name]: undefined };
    expect(cameraToForm(cameraFromForm(form))).toEqual(form);
  });

  it("nothing is said -> a message that says nothing, and an empty form", () => {
    expect(cameraFromForm({})).toEqual(create(CameraChoiceSchema));
    expect(JSON.stringify(cameraToForm(create(CameraChoiceSchema)))).toBe("{}");
  });
});
