// Colours as pickers have them.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { LinearColorSchema } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { colorOf, hueHex, reflectanceHex, strengthOf } from "../../../../viewer/state/colors.ts";

const color = (r: number, g: number, b: number) => create(LinearColorSchema, { r, g, b });

describe("colours to pick", () => {
  it("any code -> the same code again", () => {
    for (const hex of ["#000000", "#ffffff", "#804020", "#01fe7f"]) expect(reflectanceHex(colorOf(hex))).toBe(hex);
  });

  it("light brighter than white -> its hue, and its strength beside", () => {
    const light = color(40, 20, 0);
    expect(strengthOf(light)).toBe(40);
    const again = colorOf(hueHex(light), 40);
    expect(again.r).toBeCloseTo(40, 9);
    expect(Math.abs(again.g - 20)).toBeLessThan(0.3);
  });

  it("black, or nothing -> white of no strength, so that a strength brings light", () => {
    expect([hueHex(color(0, 0, 0)), strengthOf(color(0, 0, 0))]).toEqual(["#ffffff", 0]);
    expect([hueHex(undefined), strengthOf(undefined), reflectanceHex(undefined)]).toEqual(["#ffffff", 0, "#ffffff"]);
  });
});
