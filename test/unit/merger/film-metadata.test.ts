import { describe, expect, it } from "vitest";
import { headerAttributes, objectNamesAttribute, sampleStatistics } from "../../../merger/film-metadata.ts";
import { filmOfSpheres, testMetadata } from "./sphere-film.ts";

const film = filmOfSpheres({ widthPx: 20, heightPx: 10 });

describe("film metadata", () => {
  it("everything known → one attribute each, by name", () => {
    const values = new Map(headerAttributes(testMetadata, film).map((one) => [one.name, one.value]));
    expect(Object.fromEntries(values)).toMatchObject({
      Software: "arras-render 0.1.0",
      comments: "spheres.gltf, 0 to 5, mean 3.5 samples per pixel",
      "arras/renderer": "embree 0.1.0",
      "arras/instructionSet": "embree-3.13.5-avx2",
      "arras/session": "s-1",
      "arras/scene": "spheres.gltf",
      "arras/filmSha256": testMetadata.filmSha256,
      "arras/sppMin": 0,
      "arras/sppMax": 5,
      "arras/secondsPerSample": 1.5e-6,
      "arras/camera": "Main",
      "arras/verticalFovDeg": 50,
    });
    expect(values.get("worldToCamera")).toHaveLength(16);
    expect(values.get("worldToNDC")).toHaveLength(16);
    expect(values.get("chromaticities")).toEqual([0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]);
  });

  it("little known → what is not known leaves no trace", () => {
    const names = headerAttributes({ software: "arras-render 0.1.0", sceneName: "" }, film).map(({ name }) => name);
    expect(names).toEqual(["chromaticities", "Software", "comments", "arras/sppMin", "arras/sppMax", "arras/sppMean"]);
  });

  it("an orthographic camera → its height in place of the angle", () => {
    const camera = { ...testMetadata.camera!, projection: { t: "orthographic" as const, heightM: 3 } };
    const attributes = headerAttributes({ ...testMetadata, camera }, film);
    expect(attributes).toContainEqual({ name: "arras/orthographicHeightM", t: "float", value: 3 });
    expect(attributes.map(({ name }) => name)).not.toContain("arras/verticalFovDeg");
  });

  it("object names → a JSON table that starts at id 1", () => {
    const { value } = objectNamesAttribute(["Red", 'the "blue" one']);
    expect(JSON.parse(value as string)).toEqual({ 1: "Red", 2: 'the "blue" one' });
  });

  it("sample statistics: least, most, mean", () => {
    expect(sampleStatistics(Uint32Array.of(4, 8, 8, 4))).toEqual({ sppMin: 4, sppMax: 8, sppMean: 6, sampleCount: 24 });
    expect(sampleStatistics(new Uint32Array(0))).toEqual({ sppMin: 0, sppMax: 0, sppMean: 0, sampleCount: 0 });
    const most = 2 ** 32 - 1;
    expect(sampleStatistics(Uint32Array.of(most, most)).sampleCount).toBe(2 * most);
  });
});
