// Pictures of textures: every kind of pixel that the three formats have, decoded to the numbers in the file.
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../../node-agent/scene/decode-image.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { limits } from "../../../../proto/limits.ts";

const place = "scene.gltf: images[2]";
const decode = (bytes: Uint8Array, reserve: (sizeBytes: number) => void = () => {}) =>
  decodeImage(bytes, place, reserve);

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function pngChunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** By hand (PNG specification, 11.2): no encoder between the numbers and the file. */
function png(
  header: { widthPx: number; heightPx: number; bitDepth: number; colorType: 0 | 2 | 3 | 4 | 6 },
  rows: readonly (readonly number[])[],
  extra: readonly Buffer[] = [],
): Buffer {
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.widthPx, 0);
  ihdr.writeUInt32BE(header.heightPx, 4);
  ihdr.set([header.bitDepth, header.colorType, 0, 0, 0], 8);
  const scanlines = Buffer.concat(rows.map((row) => Buffer.from([0, ...row])));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", ihdr),
    ...extra,
    pngChunk("IDAT", deflateSync(scanlines)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

const gamma = (value: number) => {
  const content = Buffer.alloc(4);
  content.writeUInt32BE(Math.round(value * 100_000));
  return pngChunk("gAMA", content);
};
const transparency = (...bytes: number[]) => pngChunk("tRNS", Buffer.from(bytes));
const palette = pngChunk("PLTE", Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255]));

describe("a PNG", () => {
  it.each<[string, Buffer, number[]]>([
    [
      "8-bit rgb",
      png({ widthPx: 2, heightPx: 1, bitDepth: 8, colorType: 2 }, [[1, 2, 3, 254, 128, 0]]),
      [1, 2, 3, 255, 254, 128, 0, 255],
    ],
    [
      "8-bit rgba, where nothing is opaque: colours are kept, not multiplied",
      png({ widthPx: 2, heightPx: 1, bitDepth: 8, colorType: 6 }, [[200, 100, 50, 0, 9, 8, 7, 1]]),
      [200, 100, 50, 0, 9, 8, 7, 1],
    ],
    [
      "8-bit grey",
      png({ widthPx: 3, heightPx: 1, bitDepth: 8, colorType: 0 }, [[0, 77, 255]]),
      [0, 0, 0, 255, 77, 77, 77, 255, 255, 255, 255, 255],
    ],
    [
      "8-bit grey with alpha",
      png({ widthPx: 2, heightPx: 1, bitDepth: 8, colorType: 4 }, [[77, 5, 200, 0]]),
      [77, 77, 77, 5, 200, 200, 200, 0],
    ],
    [
      "1-bit grey",
      png({ widthPx: 3, heightPx: 1, bitDepth: 1, colorType: 0 }, [[0b10100000]]),
      [255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255],
    ],
    [
      "a palette with transparency",
      png({ widthPx: 3, heightPx: 1, bitDepth: 8, colorType: 3 }, [[2, 0, 1]], [palette, transparency(10, 20)]),
      [0, 0, 255, 255, 255, 0, 0, 10, 0, 255, 0, 20],
    ],
    [
      "a transparent colour",
      png(
        { widthPx: 2, heightPx: 1, bitDepth: 8, colorType: 2 },
        [[1, 2, 3, 4, 5, 6]],
        [transparency(0, 4, 0, 5, 0, 6)],
      ),
      [1, 2, 3, 255, 4, 5, 6, 0],
    ],
    [
      "16-bit rgb: the upper byte",
      png({ widthPx: 1, heightPx: 1, bitDepth: 16, colorType: 2 }, [[0xab, 0xcd, 0x00, 0xff, 0xff, 0x00]]),
      [0xab, 0x00, 0xff, 255],
    ],
    [
      "16-bit rgba",
      png({ widthPx: 1, heightPx: 1, bitDepth: 16, colorType: 6 }, [[0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x40, 0x00]]),
      [0x12, 0x56, 0x9a, 0x40],
    ],
    [
      "16-bit grey",
      png({ widthPx: 2, heightPx: 1, bitDepth: 16, colorType: 0 }, [[0x80, 0x00, 0x01, 0xff]]),
      [0x80, 0x80, 0x80, 255, 0x01, 0x01, 0x01, 255],
    ],
    [
      "16-bit grey with alpha",
      png({ widthPx: 1, heightPx: 1, bitDepth: 16, colorType: 4 }, [[0x21, 0x43, 0x65, 0x87]]),
      [0x21, 0x21, 0x21, 0x65],
    ],
    [
      "a gamma of its own, which glTF says to ignore",
      png({ widthPx: 1, heightPx: 1, bitDepth: 8, colorType: 2 }, [[10, 100, 200]], [gamma(1)]),
      [10, 100, 200, 255],
    ],
  ])("%s -> its numbers", async (_, file, rgba) => {
    const { pixels } = await decode(file);
    expect([...pixels]).toEqual(rgba);
  });

  it("several rows -> top to bottom, with its size, and the size of its pixels is told first", async () => {
    const file = png({ widthPx: 1, heightPx: 3, bitDepth: 8, colorType: 0 }, [[1], [2], [3]]);
    const reserved: number[] = [];
    const image = await decode(file, (sizeBytes) => void reserved.push(sizeBytes));
    expect(image).toMatchObject({ widthPx: 1, heightPx: 3 });
    expect([0, 4, 8].map((at) => image.pixels[at])).toEqual([1, 2, 3]);
    expect(reserved).toEqual([12]);
  });
});

const plain = (channels: 3 | 4) =>
  sharp({ create: { width: 16, height: 8, channels, background: { r: 200, g: 60, b: 30, alpha: 0.5 } } });

describe("other formats", () => {
  it("a JPEG with a foreign colour profile -> its numbers, not the profile's", async () => {
    const file = await plain(3).withIccProfile("p3").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
    const { pixels: plainPixels } = await decode(await sharp(file, { ignoreIcc: true }).png().toBuffer());
    const image = await decode(file);
    expect(image).toMatchObject({ widthPx: 16, heightPx: 8 });
    expect(image.pixels).toEqual(plainPixels);
  });

  it("a JPEG that asks to be turned -> as its rows are: glTF knows no orientation", async () => {
    const file = await plain(3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await decode(file)).toMatchObject({ widthPx: 16, heightPx: 8 });
  });

  it("a lossless WebP with alpha -> its numbers", async () => {
    const { pixels } = await decode(await plain(4).webp({ lossless: true, exact: true }).toBuffer());
    expect([...pixels.subarray(0, 4)]).toEqual([200, 60, 30, 128]);
  });
});

describe("refused", () => {
  it.each<[string, Uint8Array]>([
    ["an empty file", new Uint8Array()],
    ["text", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
    ["a GIF", Buffer.from("GIF89a")],
    ["RIFF that is no WebP", Buffer.from("RIFF....WAVE")],
  ])("%s -> scene-unsupported", async (_, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: "scene-unsupported", place: { path: place } });
  });

  it.each<[string, (whole: Buffer) => Buffer]>([
    ["cut off in the middle", (whole) => whole.subarray(0, whole.length >> 1)],
    ["only its first bytes", (whole) => whole.subarray(0, 12)],
  ])("%s -> scene-broken, whatever the format", async (_, cut) => {
    const noise = sharp(Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * at * 31) & 255)), {
      raw: { width: 64, height: 64, channels: 3 },
    });
    for (const whole of [
      await noise.clone().png().toBuffer(),
      await noise.clone().jpeg().toBuffer(),
      await noise.clone().webp().toBuffer(),
    ]) {
      await expect(decode(cut(whole))).rejects.toMatchObject({ code: "scene-broken", place: { path: place } });
    }
  });

  it("a side is too long -> limit-exceeded from the header alone", async () => {
    const header = { widthPx: limits.textureSidePxMax + 1, heightPx: 1, bitDepth: 8, colorType: 0 } as const;
    const reserved: number[] = [];
    await expect(decode(png(header, []), (sizeBytes) => void reserved.push(sizeBytes))).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    expect(reserved).toEqual([]);
  });

  it("there is no room for its pixels -> the error of who counts them", async () => {
    const full = new ArrasError("limit-exceeded", { message: "full", action: "Make it smaller." });
    const file = png({ widthPx: 1, heightPx: 1, bitDepth: 8, colorType: 0 }, [[1]]);
    const reserve = () => {
      throw full;
    };
    await expect(decode(file, reserve)).rejects.toBe(full);
  });
});
