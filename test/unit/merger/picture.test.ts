import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodePicture, pictureEncodings } from "../../../merger/picture.ts";

const pixels = {
  widthPx: 31,
  heightPx: 17,
  bytes: Uint8Array.from({ length: 31 * 17 * 3 }, (_, i) => (i * 7 + Math.floor(i / 93) * 3) % 256),
};

describe("encodePicture", () => {
  it("png → exactly the pixels, three or four bytes each", async () => {
    const { data, info } = await sharp(await encodePicture(pixels, { encoding: "png" }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 31, height: 17, channels: 3 });
    expect(new Uint8Array(data)).toEqual(pixels.bytes);
    const withAlpha = { widthPx: 2, heightPx: 1, bytes: Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 128) };
    const back = await sharp(await encodePicture(withAlpha, { encoding: "png" }))
      .raw()
      .toBuffer();
    expect(new Uint8Array(back)).toEqual(withAlpha.bytes);
  });

  it.each(["jpeg", "webp"] as const)("%s → near the pixels, nearer with more quality", async (encoding) => {
    const smooth = { ...pixels, bytes: pixels.bytes.map((_, i) => 100 + Math.round(50 * Math.sin(i / 300))) };
    const error = async (quality: number) => {
      const encoded = await encodePicture(smooth, { encoding, quality });
      const { data, info } = await sharp(encoded).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 31, height: 17 });
      return data.reduce((sum, value, i) => sum + Math.abs(value - smooth.bytes[i]), 0) / data.length;
    };
    expect(await error(95)).toBeLessThan(1.5);
    expect(await error(95)).toBeLessThan(await error(5));
  });

  it.each(pictureEncodings)("%s: the same pixels twice → the same bytes", async (encoding) => {
    const [a, b] = await Promise.all([encodePicture(pixels, { encoding }), encodePicture(pixels, { encoding })]);
    expect(Buffer.from(a).equals(b)).toBe(true);
  });

  it("webp beyond its 16,383 pixels → output-failed", async () => {
    const wide = { widthPx: 16_384, heightPx: 1, bytes: new Uint8Array(16_384 * 3) };
    await expect(encodePicture(wide, { encoding: "webp" })).rejects.toMatchObject({ code: "output-failed" });
    expect((await encodePicture(wide, { encoding: "png" })).length).toBeGreaterThan(50);
  });

  it("bytes that are not 3 or 4 a pixel → RangeError", async () => {
    const odd = { widthPx: 31, heightPx: 17, bytes: new Uint8Array(31 * 17) };
    await expect(encodePicture(odd, { encoding: "png" })).rejects.toThrow(RangeError);
  });
});
