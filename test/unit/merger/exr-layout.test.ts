import { describe, expect, it } from "vitest";
import { exrLayout, type ImageOutput, imageOutputs } from "../../../merger/exr-layout.ts";
import { channelOf, resolve } from "../../../merger/resolve.ts";
import { filmOfSpheres, testMetadata } from "./sphere-film.ts";

const crop = { x0: 4, y0: 2, x1: 36, y1: 21 };
const film = filmOfSpheres({ cropWindow: crop });
const all: ImageOutput[] = ["albedo", "normal", "depth", "position", "id", "samples", "error"];
const options = { parts: "multi", colorType: "half", compression: "zip", tileSizePx: 0 } as const;

describe("exrLayout", () => {
  it("multi → a part for each output in canonical order, beauty first with alpha", () => {
    const parts = exrLayout(film, testMetadata, { ...options, outputs: [...all].reverse() });
    expect(parts.map(({ name, channels }) => [name, channels.map((c) => `${c.name} ${c.type}`).join(", ")])).toEqual([
      ["beauty", "R half, G half, B half, A half"],
      ["albedo", "R half, G half, B half"],
      ["normal", "x half, y half, z half"],
      ["depth", "Z float"],
      ["position", "x float, y float, z float"],
      ["id", "id float"],
      ["samples", "count float"],
      ["error", "error float"],
    ]);
  });

  it("layers → one part, layers as prefixes, beauty and depth by OpenEXR's reserved names", () => {
    const parts = exrLayout(film, testMetadata, { ...options, parts: "layers", outputs: all });
    expect(parts).toHaveLength(1);
    expect(parts[0].name).toBe("");
    expect(parts[0].channels.map(({ name }) => name).join(" ")).toBe(
      "R G B A albedo.R albedo.G albedo.B normal.x normal.y normal.z Z position.x position.y position.z id.id samples.count error.error",
    );
  });

  it("nothing asked → all of the film but luminance2; beauty alone when that is asked", () => {
    const named = (outputs: ImageOutput[]) =>
      exrLayout(film, testMetadata, { ...options, outputs }).map(({ name }) => name);
    expect(named([])).toEqual(["beauty", "albedo", "normal", "depth", "position", "id"]);
    expect(named(["beauty"])).toEqual(["beauty"]);
    expect(named(["alpha"])).toEqual(["beauty"]);
    expect(named(["luminance2"])).toEqual(["beauty", "luminance2"]);
    expect(named([...imageOutputs])).toHaveLength(9);
  });

  it("an output that the film lacks → RangeError with its name", () => {
    const lean = filmOfSpheres({ outputs: ["beauty", "alpha", "luminance2"] });
    expect(() => exrLayout(lean, testMetadata, { ...options, outputs: ["albedo"] })).toThrow("no output albedo");
    expect(exrLayout(lean, testMetadata, { ...options, outputs: ["samples", "error"] })).toHaveLength(3);
  });

  it("windows, storage, compression and header → the same in every part", () => {
    const parts = exrLayout(film, testMetadata, { ...options, tileSizePx: 32, compression: "piz", colorType: "float" });
    for (const part of parts) {
      expect(part).toMatchObject({
        dataWindow: crop,
        displayWindow: { x0: 0, y0: 0, x1: 40, y1: 24 },
        storage: { t: "tiled", tileSizePx: 32 },
        compression: "piz",
      });
      expect(part.channels.every(({ type }) => type === "float")).toBe(true);
      expect(part.attributes.map(({ name }) => name)).toContain("arras/filmSha256");
    }
  });

  it("the table of object names → where the ids are, and only there", () => {
    const holders = (outputs: ImageOutput[], parts: "multi" | "layers") =>
      exrLayout(film, testMetadata, { ...options, parts, outputs })
        .filter((part) => part.attributes.some(({ name }) => name === "arras/objectNames"))
        .map(({ name }) => name);
    expect(holders(all, "multi")).toEqual(["id"]);
    expect(holders(all, "layers")).toEqual([""]);
    expect(holders(["albedo"], "layers")).toEqual([]);
  });

  it("pixels: the resolved film, the counts, the errors", () => {
    const parts = exrLayout(film, testMetadata, { ...options, outputs: all });
    const values = (part: string, channel: string) =>
      parts.find(({ name }) => name === part)?.channels.find(({ name }) => name === channel)?.values;
    const image = resolve(film);
    expect(values("beauty", "A")).toEqual(channelOf(image, "alpha", "A"));
    expect(values("beauty", "G")).toEqual(channelOf(image, "beauty", "G"));
    expect(values("position", "y")).toEqual(channelOf(image, "position", "Y"));
    expect(values("samples", "count")).toEqual(Float32Array.from(film.counts));
    expect(values("error", "error")).toHaveLength(film.counts.length);
  });
});
