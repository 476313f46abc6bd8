import { describe, expect, it } from "vitest";
import { defaultThreadCount, exrAddon, type NativePart } from "../../../../host/exr/exr-addon.ts";

const part: NativePart = {
  name: "",
  tileSizePx: 0,
  compression: "none",
  dataWindow: [0, 0, 3, 1],
  displayWindow: [0, 0, 3, 1],
  pixelAspectRatio: 1,
  dwaLevel: -1,
  channels: [{ name: "R", type: "half", values: new Float32Array(8), offset: 0, stride: 1 }],
  attributes: [],
};

describe("the OpenEXR addon", () => {
  it("is loaded once", () => {
    expect(exrAddon()).toBe(exrAddon());
  });

  it("arrays that are shorter than their window, or of another kind → TypeError before memory is touched", () => {
    const channel = part.channels[0];
    for (const wrong of [
      { ...channel, values: new Float32Array(7) },
      { ...channel, offset: 1 },
      { ...channel, stride: 2 },
      { ...channel, values: new Uint32Array(8) },
      { ...channel, type: "uint" as const },
    ]) {
      expect(() => exrAddon().write("/dev/null", [{ ...part, channels: [wrong] }], 1)).toThrow(TypeError);
    }
    const plane = { name: "R", type: "float" as const, values: new Float32Array(7) };
    expect(() => exrAddon().readPlanes("/dev/null", 0, [0, 0, 3, 1], [plane], 1)).toThrow(TypeError);
  });

  it("threads: at least one, at most eight", () => {
    expect(defaultThreadCount()).toBeGreaterThanOrEqual(1);
    expect(defaultThreadCount()).toBeLessThanOrEqual(8);
  });
});
