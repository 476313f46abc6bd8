// What the addon is given for a prepare request.
import { describe, expect, it } from "vitest";
import { addonInput } from "../../../../../node-agent/renderers/embree/addon-input.ts";
import { limits } from "../../../../../proto/limits.ts";
import { identity, quad, request, scene, uniformEnvironment } from "./scenes.ts";

const wall = quad([0, 0, 0], [1, 0, 0], [0, 1, 0]);

describe("addonInput", () => {
  it("packs instances into three arrays, in their order", () => {
    const moved = [...identity.slice(0, 12), 4, 5, 6, 1];
    const instances = [
      { meshIndex: 0, objectToWorld: identity, objectId: 7 },
      { meshIndex: 1, objectToWorld: moved, objectId: 9 },
    ];
    const packed = addonInput(request({ scene: scene({ meshes: [wall, wall], instances }) })).instances;
    expect([...packed.meshIndices]).toEqual([0, 1]);
    expect([...packed.objectIds]).toEqual([7, 9]);
    expect([...packed.objectToWorlds]).toEqual([...identity, ...moved]);
  });

  it("takes clamp limit and report limit from the film and the limits", () => {
    const { film } = addonInput(request({}));
    expect(film.clampLimit).toBe(2 ** 29 / 65_536);
    expect(film.reportsMax).toBe(limits.sampleReportsMax);
  });

  it("has no environment where the scene has none", () => {
    expect("environment" in addonInput(request({}))).toBe(false);
    expect(addonInput(request({ scene: scene({ environment: uniformEnvironment(2) }) })).environment).toBeDefined();
  });
});
