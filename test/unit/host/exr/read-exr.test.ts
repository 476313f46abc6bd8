import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeExr, init } from "exrs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ExrReadError, readExr, readExrHeaders, readExrParts } from "../../../../host/exr/read-exr.ts";
import { writeExr } from "../../../../host/exr/write-exr.ts";
import { imageFolder, nearestHalf, partOf, ramp } from "./test-image.ts";

const file = imageFolder();
beforeAll(() => init());

const rect = { x0: 0, y0: 0, x1: 37, y1: 21 };
const pixelCount = 37 * 21;

describe("readExr", () => {
  it.each(["none", "rle", "zip", "zip16", "piz"] as const)(
    "another program's %s file → its pixels",
    async (compression) => {
      const interleaved = ramp(pixelCount * 3, 2);
      const layer = {
        channelNames: ["R", "G", "B"],
        interleavedPixels: interleaved,
        precision: "f32" as const,
        compression,
      };
      writeFileSync(file("other.exr"), encodeExr({ width: 37, height: 21, layers: [layer] }));
      const image = await readExr(file("other.exr"));
      expect([image.widthPx, image.heightPx]).toEqual([37, 21]);
      expect(image.channels.map(({ name }) => name)).toEqual(["R", "G", "B"]);
      for (const [c, { values }] of image.channels.entries()) {
        expect(values).toEqual(interleaved.filter((_, i) => i % 3 === c));
      }
    },
  );

  it("colour, alpha and more → R, G, B, A in this order, the rest left out", async () => {
    const part = partOf(rect);
    const channels = [...part.channels, { name: "Z", type: "float" as const, values: ramp(pixelCount, 9) }];
    await writeExr(file("rgbaz.exr"), [{ ...part, channels }]);
    const image = await readExr(file("rgbaz.exr"));
    expect(image.channels.map(({ name }) => name)).toEqual(["R", "G", "B", "A"]);
    expect(image.channels[2].values).toEqual(Float32Array.from(part.channels[2].values, nearestHalf));
  });

  it("luminance alone → grey", async () => {
    const values = ramp(pixelCount, 4);
    await writeExr(file("y.exr"), [partOf(rect, { channels: [{ name: "Y", type: "float", values }] })]);
    const image = await readExr(file("y.exr"));
    expect(image.channels.map(({ name }) => name)).toEqual(["R", "G", "B"]);
    for (const channel of image.channels) expect(channel.values).toEqual(values);
  });

  it("no colour at all → refused with the names that are there", async () => {
    await writeExr(file("z.exr"), [
      partOf(rect, { channels: [{ name: "Z", type: "float", values: new Float32Array(pixelCount) }] }),
    ]);
    await expect(readExr(file("z.exr"))).rejects.toThrow("neither R, G, B nor Y among its channels: Z");
  });

  it("a side beyond the caller's limit → refused before pixels are read", async () => {
    await writeExr(file("side.exr"), [partOf(rect)]);
    await expect(readExr(file("side.exr"), { sidePxMax: 36 })).rejects.toThrow("37×21 pixels");
    expect((await readExr(file("side.exr"), { sidePxMax: 37 })).widthPx).toBe(37);
  });

  it("a missing file, a folder, a text → ExrReadError with the path", async () => {
    writeFileSync(file("text.exr"), "not an image");
    writeFileSync(file("empty.exr"), "");
    for (const name of ["missing.exr", ".", "text.exr", "empty.exr"]) {
      const thrown = await readExr(file(name)).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(ExrReadError);
      expect(thrown).toMatchObject({ path: file(name) });
    }
  });

  it("a file that was cut off → refused, not filled with black", async () => {
    await writeExr(file("cut.exr"), [partOf(rect, { compression: "zips" })]);
    truncateSync(file("cut.exr"), Math.floor(readFileSync(file("cut.exr")).length * 0.7));
    await expect(readExrParts(file("cut.exr"))).rejects.toThrow(ExrReadError);
  });

  it("any byte changed → pixels or an ExrReadError, never a crash", async () => {
    await writeExr(
      file("sound.exr"),
      [partOf(rect), partOf(rect)].map((part, i) => ({ ...part, name: `p${i}` })),
    );
    const sound = readFileSync(file("sound.exr"));
    const property = fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(255), async (at, value) => {
      const changed = Buffer.from(sound);
      changed[at] = value;
      writeFileSync(file("changed.exr"), changed);
      const thrown = await readExrParts(file("changed.exr"), { sidePxMax: 4096 }).catch((error: unknown) => error);
      if (thrown instanceof Error) expect(thrown).toBeInstanceOf(ExrReadError);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  const shared = join(process.env.ARRAS_TEST_DATA ?? "../shared/data", "reference/FlightHelmet.exr");
  const isPresent = (() => {
    try {
      return readFileSync(shared).length > 0;
    } catch {
      return false;
    }
  })();
  if (!isPresent) process.stderr.write(`skipped: ${shared} is not there\n`);

  it.skipIf(!isPresent)("a file by Blender → 512×512 RGBA, finite", async () => {
    const image = await readExr(shared);
    expect([image.widthPx, image.heightPx, image.channels.length]).toEqual([512, 512, 4]);
    for (const { values } of image.channels) expect(values.every(Number.isFinite)).toBe(true);
    const [header] = await readExrHeaders(shared);
    expect(header.channels.map(({ name }) => name)).toEqual(["A", "B", "G", "R"]);
  });
});
