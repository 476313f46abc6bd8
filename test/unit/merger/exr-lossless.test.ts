// What the layout promises of DWA, asked of the real writer: a test of names, since DWA decides by channel name.
import { describe, expect, it } from "vitest";
import { readExrParts } from "../../../host/exr/read-exr.ts";
import { writeExr } from "../../../host/exr/write-exr.ts";
import { exrLayout, imageOutputs } from "../../../merger/exr-layout.ts";
import { imageFolder, nearestHalf } from "../host/exr/test-image.ts";
import { filmOfSpheres, testMetadata } from "./sphere-film.ts";

const file = imageFolder();
const film = filmOfSpheres({ widthPx: 90, heightPx: 70 });

describe("a film's file with DWA", () => {
  const kinds = (["multi", "layers"] as const).flatMap((parts) =>
    (["half", "float"] as const).flatMap((colorType) =>
      (["dwaa", "dwab"] as const).map((compression) => ({ parts, colorType, compression })),
    ),
  );
  it.each(kinds)("$parts $colorType $compression → only R, G and B lose anything", async (kind) => {
    const layout = exrLayout(film, testMetadata, { ...kind, outputs: imageOutputs, tileSizePx: 0 });
    await writeExr(file("dwa.exr"), layout);
    const lossy: string[] = [];
    for (const [index, part] of (await readExrParts(file("dwa.exr"))).entries()) {
      for (const { name, values } of part.channels) {
        const source = layout[index].channels.find((channel) => channel.name === name)!;
        const wanted = Float32Array.from(source.values, source.type === "half" ? nearestHalf : (value) => value);
        if (!Buffer.from(values.buffer).equals(Buffer.from(wanted.buffer))) lossy.push(`${part.header.name}/${name}`);
      }
    }
    const colors = (layer: string) => ["B", "G", "R"].map((channel) => `${layer}${channel}`);
    const wanted = kind.parts === "multi" ? [colors("beauty/"), colors("albedo/")] : [colors("/"), colors("/albedo.")];
    expect(lossy.sort()).toEqual(wanted.flat().sort());
  });
});
