import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { decodeExr, init } from "exrs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ExrAttribute, type ExrChannel, type ExrPart, exrCompressions } from "../../../../host/exr/exr-part.ts";
import { readExrHeaders, readExrParts } from "../../../../host/exr/read-exr.ts";
import { writeExr } from "../../../../host/exr/write-exr.ts";
import { areaPx } from "../../../../proto/rect.ts";
import { imageFolder, nearestHalf, partOf, ramp } from "./test-image.ts";

const file = imageFolder();
beforeAll(() => init());

const rect = { x0: 0, y0: 0, x1: 131, y1: 71 };
const storages = [{ t: "scanline" }, { t: "tiled", tileSizePx: 64 }, { t: "tiled", tileSizePx: 33 }] as const;
const types = ["half", "float"] as const;
const lossless = ["none", "rle", "zips", "zip", "piz"] as const;

function typed(type: "half" | "float"): ExrChannel[] {
  return partOf(rect).channels.map((channel) => ({ ...channel, type }));
}

function expected(channel: ExrChannel): Float32Array {
  return channel.type === "half" ? Float32Array.from(channel.values, nearestHalf) : Float32Array.from(channel.values);
}

function byName(channels: readonly ExrChannel[]): ExrChannel[] {
  return [...channels].sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe("writeExr", () => {
  const cases = storages.flatMap((storage) =>
    types.flatMap((type) => exrCompressions.map((compression) => ({ storage, type, compression }))),
  );
  it.each(cases)("$storage $type $compression → read back", async ({ storage, type, compression }) => {
    const path = file("every.exr");
    const channels = typed(type);
    await writeExr(path, [partOf(rect, { storage, compression, channels })]);
    const [part] = await readExrParts(path);
    expect(part.header).toMatchObject({ storage, compression, dataWindow: rect, displayWindow: rect });
    expect(part.header.channels.map((channel) => channel.type)).toEqual([type, type, type, type]);
    const isExact =
      (lossless as readonly string[]).includes(compression) || (compression === "pxr24" && type === "half");
    for (const [i, channel] of byName(channels).entries()) {
      const found = part.channels[i].values;
      const wanted = expected(channel);
      if (isExact || (compression.startsWith("b44") && type === "float")) {
        expect(found).toEqual(wanted);
      } else {
        const worst = wanted.reduce((most, value, at) => Math.max(most, Math.abs(value - found[at])), 0);
        expect(worst).toBeLessThan(compression === "pxr24" ? 2e-4 : 0.6);
      }
    }
  });

  // exrs: the pure Rust implementation; it reads scan lines and tiles of everything but DWA and B44 for float.
  it.each(cases.filter(({ compression }) => (lossless as readonly string[]).includes(compression)))(
    "$storage $type $compression → an independent reader sees the same pixels",
    async ({ storage, type, compression }) => {
      const path = file("independent.exr");
      const channels = typed(type);
      await writeExr(path, [partOf(rect, { storage, compression, channels })]);
      const image = decodeExr(readFileSync(path));
      expect([image.width, image.height, image.layers.length]).toEqual([131, 71, 1]);
      for (const channel of channels) {
        expect(image.layers[0].getInterleavedPixels([channel.name])).toEqual(expected(channel));
      }
    },
  );

  it("several parts of different channels, types and windows → all come back, in order", async () => {
    const path = file("parts.exr");
    const inner = { x0: 10, y0: 20, x1: 50, y1: 31 };
    const ids = Uint32Array.from({ length: areaPx(inner) }, (_, i) => 4_000_000_000 + i);
    const parts: ExrPart[] = [
      partOf(rect, { name: "beauty" }),
      partOf(inner, {
        name: "depth",
        displayWindow: rect,
        compression: "piz",
        channels: [{ name: "Z", type: "float", values: ramp(areaPx(inner), 7) }],
      }),
      partOf(inner, {
        name: "id",
        displayWindow: rect,
        storage: { t: "tiled", tileSizePx: 16 },
        channels: [{ name: "id", type: "uint", values: ids }],
      }),
    ];
    await writeExr(path, parts);
    const read = await readExrParts(path);
    expect(read.map(({ header }) => header.name)).toEqual(["beauty", "depth", "id"]);
    expect(read[1].channels[0].values).toEqual(parts[1].channels[0].values);
    expect(read[1].header.dataWindow).toEqual(inner);
    expect(read[2].channels[0].values).toEqual(ids);
  });

  it("a multi-part file → an independent reader finds the parts as layers", async () => {
    const path = file("layers.exr");
    await writeExr(path, [partOf(rect, { name: "beauty" }), partOf(rect, { name: "albedo", compression: "piz" })]);
    const image = decodeExr(readFileSync(path));
    expect(image.layers.map((layer) => layer.name)).toEqual(["beauty", "albedo"]);
    const channel = partOf(rect).channels[1];
    expect(image.layers[1].getInterleavedPixels(["G"])).toEqual(expected(channel));
  });

  it("a data window that lies apart from the display window's corner, even negative → kept", async () => {
    const path = file("windows.exr");
    const dataWindow = { x0: -7, y0: 13, x1: 20, y1: 45 };
    for (const storage of storages) {
      const part = partOf(dataWindow, {
        displayWindow: { x0: 0, y0: 0, x1: 640, y1: 480 },
        storage,
        pixelAspectRatio: 2,
      });
      await writeExr(path, [part]);
      const [read] = await readExrParts(path);
      expect(read.header).toMatchObject({ dataWindow, displayWindow: part.displayWindow, pixelAspectRatio: 2 });
      expect(read.channels[3].values).toEqual(expected(part.channels[0]));
    }
  });

  it("any size from 1×1, any tile size, any offset and stride → the same values", async () => {
    const path = file("sizes.exr");
    const size = fc.integer({ min: 1, max: 70 });
    const property = fc.asyncProperty(
      size,
      size,
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...lossless),
      async (width, height, tileSizePx, stride, compression) => {
        const window = { x0: 0, y0: 0, x1: width, y1: height };
        const values = ramp(width * height * stride, 3);
        const channels = Array.from({ length: stride }, (_, offset): ExrChannel => {
          return { name: `c${offset}`, type: offset % 2 === 0 ? "float" : "half", values, offset, stride };
        });
        const storage = tileSizePx > 0 ? ({ t: "tiled", tileSizePx } as const) : ({ t: "scanline" } as const);
        await writeExr(path, [partOf(window, { channels, storage, compression })]);
        const [part] = await readExrParts(path);
        for (const [offset, channel] of channels.entries()) {
          const own = values.filter((_, i) => i % stride === offset);
          expect(part.channels[offset].values).toEqual(channel.type === "half" ? own.map(nearestHalf) : own);
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it("more rows than one band → none is lost or repeated", async () => {
    const path = file("bands.exr");
    const tall = { x0: 3, y0: 5, x1: 20, y1: 905 };
    for (const compression of ["zip", "dwab", "none"] as const) {
      const channels: ExrChannel[] = [{ name: "N", type: "half", values: ramp(areaPx(tall), 1) }];
      await writeExr(path, [partOf(tall, { channels, compression })]);
      const [part] = await readExrParts(path);
      expect(part.channels[0].values).toEqual(expected(channels[0]));
    }
  });

  it("half: finite values out of range are clamped, infinities and NaN stay, ties go to even", async () => {
    const path = file("range.exr");
    const values = new Float32Array([1e9, -70000, 65504, 65519, 65520, Infinity, -Infinity, NaN, 6e-8, 2049, 2051, -0]);
    const window = { x0: 0, y0: 0, x1: values.length, y1: 1 };
    await writeExr(path, [partOf(window, { channels: [{ name: "Y", type: "half", values }] })]);
    const [part] = await readExrParts(path);
    const found = [...part.channels[0].values];
    expect(found).toEqual([65504, -65504, 65504, 65504, 65504, Infinity, -Infinity, NaN, 2 ** -24, 2048, 2052, -0]);
  });

  it("float: every bit pattern stays, NaN and infinities too", async () => {
    const path = file("float.exr");
    const values = new Float32Array([NaN, Infinity, -Infinity, 3.4e38, 1e-45, -0, 0.1]);
    const window = { x0: 0, y0: 0, x1: values.length, y1: 1 };
    for (const compression of lossless) {
      await writeExr(path, [partOf(window, { compression, channels: [{ name: "Z", type: "float", values }] })]);
      expect((await readExrParts(path))[0].channels[0].values).toEqual(values);
    }
  });

  it("attributes of every kind → the same values in the header", async () => {
    const path = file("attributes.exr");
    const attributes: ExrAttribute[] = [
      { name: "arras/text", t: "string", value: "grüße ✓" },
      { name: "arras/long", t: "string", value: "x".repeat(200_000) },
      { name: "arras/aNameLongerThanTheThirtyOneBytesOfOldFiles", t: "int", value: -5 },
      { name: "arras/float", t: "float", value: 0.5 },
      { name: "arras/double", t: "double", value: 0.1 },
      { name: "arras/v2i", t: "v2i", value: [1, -2] },
      { name: "arras/v2f", t: "v2f", value: [0.25, 4] },
      { name: "arras/v3f", t: "v3f", value: [1, 2, 3] },
      { name: "worldToCamera", t: "m44f", value: Array.from({ length: 16 }, (_, i) => i) },
      { name: "chromaticities", t: "chromaticities", value: [0.5, 0.25, 0.5, 0.5, 0.125, 0.0625, 0.25, 0.375] },
    ];
    await writeExr(path, [partOf(rect, { attributes })]);
    const [header] = await readExrHeaders(path);
    expect([...header.attributes.keys()].sort()).toEqual(attributes.map(({ name }) => name).sort());
    for (const { name, t, value } of attributes) expect(header.attributes.get(name)).toEqual({ t, value });
  });

  it("one thread or several → the same bytes", async () => {
    for (const storage of storages) {
      const parts = [partOf({ x0: 0, y0: 0, x1: 400, y1: 300 }, { storage })];
      await writeExr(file("one.exr"), parts, { threadCount: 1 });
      await writeExr(file("four.exr"), parts, { threadCount: 4 });
      expect(readFileSync(file("four.exr")).equals(readFileSync(file("one.exr")))).toBe(true);
    }
  });

  it("many files at once → each is whole", async () => {
    const names = Array.from({ length: 12 }, (_, i) => file(`many-${i}.exr`));
    await Promise.all(names.map((name) => writeExr(name, [partOf(rect)], { threadCount: 2 })));
    for (const name of names) expect((await readExrParts(name))[0].channels).toHaveLength(4);
  });

  it("a folder that is not there, a folder as the file, a full disk → output-failed with the system's words", async () => {
    mkdirSync(file("folder.exr"));
    const failure = (path: string) => writeExr(path, [partOf(rect)]).then(String, (error: unknown) => error);
    expect(await failure(file("none/x.exr"))).toMatchObject({
      code: "output-failed",
      message: expect.stringContaining("No such file or directory"),
      place: { path: file("none/x.exr") },
    });
    expect(await failure(file("folder.exr"))).toMatchObject({ message: expect.stringContaining("Is a directory") });
    expect(await failure("/dev/full")).toMatchObject({ message: expect.stringContaining("No space left on device") });
  });

  it.skipIf(process.getuid?.() === 0)("a file without write permission → output-failed", async () => {
    await writeExr(file("locked.exr"), [partOf(rect)]);
    chmodSync(file("locked.exr"), 0o400);
    await expect(writeExr(file("locked.exr"), [partOf(rect)])).rejects.toMatchObject({ code: "output-failed" });
  });

  it.each<[string, ExrPart[]]>([
    ["no part", []],
    ["two parts of one name", [partOf(rect, { name: "a" }), partOf(rect, { name: "a" })]],
    ["two parts, one unnamed", [partOf(rect, { name: "a" }), partOf(rect)]],
    ["an empty window", [partOf({ x0: 4, y0: 0, x1: 4, y1: 3 })]],
    ["no channels", [partOf(rect, { channels: [] })]],
    ["a channel twice", [partOf(rect, { channels: [...typed("half"), ...typed("half")] })]],
    ["too few values", [partOf(rect, { channels: [{ name: "R", type: "half", values: new Float32Array(5) }] })]],
    [
      "integers as half",
      [partOf(rect, { channels: [{ name: "R", type: "half", values: new Uint32Array(131 * 71) }] })],
    ],
    ["tiles of half a pixel", [partOf(rect, { storage: { t: "tiled", tileSizePx: 0.5 } })]],
  ])("%s → RangeError, and no file", async (_, parts) => {
    await expect(writeExr(file("refused.exr"), parts)).rejects.toThrow(RangeError);
    await expect(readExrHeaders(file("refused.exr"))).rejects.toThrow("No such file");
  });
});
