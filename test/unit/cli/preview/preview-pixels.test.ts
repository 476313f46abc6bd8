// Tiles of the preview as numbers: encoded as the merger encodes them, decoded here.
import { describe, expect, it } from "vitest";
import { halfToNumber, previewPixels, tileParts } from "../../../../cli/preview/preview-pixels.ts";
import { halfPlanes } from "../../../../merger/preview/half-float.ts";

const plane = (...values: number[]) => Float32Array.from(values);

describe("a preview tile", () => {
  it("four channels -> red, green, blue, alpha of each pixel", () => {
    const content = halfPlanes([plane(1, 2), plane(3, 4), plane(5, 6), plane(0.5, 0.25)]);
    const { rgba } = previewPixels(content, { rect: { x0: 64, y0: 0, x1: 66, y1: 1 }, stridePx: 1, channelCount: 4 });
    expect([...rgba]).toEqual([1, 3, 5, 0.5, 2, 4, 6, 0.25]);
  });

  it("one channel, three channels -> grey, opaque colour", () => {
    const rect = { x0: 0, y0: 0, x1: 1, y1: 1 };
    expect([...previewPixels(halfPlanes([plane(7)]), { rect, stridePx: 1, channelCount: 1 }).rgba]).toEqual([
      7, 7, 7, 1,
    ]);
    const three = halfPlanes([plane(1), plane(2), plane(3)]);
    expect([...previewPixels(three, { rect, stridePx: 1, channelCount: 3 }).rgba]).toEqual([1, 2, 3, 1]);
  });

  it("a coarse tile that begins between two multiples of the stride -> each pixel has the value before it", () => {
    // Values stand at x = 8 and x = 16 of the pixels 5 to 18.
    const rect = { x0: 5, y0: 8, x1: 19, y1: 10 };
    const { rgba } = previewPixels(halfPlanes([plane(1, 2)]), { rect, stridePx: 8, channelCount: 1 });
    const red = [...rgba].filter((_, at) => at % 4 === 0);
    const row = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2];
    expect(red).toEqual([...row, ...row]);
  });

  it("a coarse block of many tiles -> parts no larger than a tile may be, each pixel as in the whole", () => {
    const rect = { x0: 4, y0: 0, x1: 532, y1: 24 };
    const form = { rect, stridePx: 8, channelCount: 1 };
    const content = halfPlanes([Float32Array.from({ length: 66 * 3 }, (_, at) => at)]);
    const whole = previewPixels(content, form).rgba;
    const parts = tileParts(rect);
    expect(parts.map(({ x0, x1 }) => [x0, x1])).toEqual([
      [4, 260],
      [260, 516],
      [516, 532],
    ]);
    for (const part of parts) {
      const { rgba } = previewPixels(content, form, part);
      for (const [x, y] of [
        [part.x0, part.y0],
        [part.x1 - 1, part.y1 - 1],
      ] as const)
        expect(rgba[4 * ((part.x1 - part.x0) * (y - part.y0) + x - part.x0)]).toBe(
          whole[4 * ((rect.x1 - rect.x0) * (y - rect.y0) + x - rect.x0)],
        );
    }
  });

  it("more or fewer bytes than its header says, no value at all -> refused", () => {
    const rect = { x0: 0, y0: 0, x1: 2, y1: 1 };
    expect(() => previewPixels(new Uint8Array(3), { rect, stridePx: 1, channelCount: 1 })).toThrow(RangeError);
    expect(() => previewPixels(new Uint8Array(8), { rect, stridePx: 1, channelCount: 2 })).toThrow(RangeError);
    const between = { x0: 1, y0: 1, x1: 7, y1: 7 };
    expect(() => previewPixels(new Uint8Array(0), { rect: between, stridePx: 8, channelCount: 1 })).toThrow(RangeError);
  });

  it("every half float -> the number whose half it is", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToNumber(bits);
      if (Number.isNaN(value)) expect(bits & 0x7c00).toBe(0x7c00);
      else expect([...halfPlanes([Float32Array.of(value)])]).toEqual([bits & 0xff, bits >> 8]);
    }
  });
});
