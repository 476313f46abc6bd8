// Pictures for terminals, read back and compared; small ones byte by byte.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfBlocks } from "../../../../../cli/preview/terminal/half-blocks.ts";
import { kittyPicture, kittyRemoval } from "../../../../../cli/preview/terminal/kitty-graphics.ts";
import { indexed } from "../../../../../cli/preview/terminal/palette.ts";
import type { Raster } from "../../../../../cli/preview/terminal/raster.ts";
import { sixelPicture } from "../../../../../cli/preview/terminal/sixel.ts";
import { decodeBlocks, decodeKitty, decodeSixel } from "./decoders.ts";

const raster = (widthPx: number, heightPx: number, byte: (at: number) => number): Raster => ({
  widthPx,
  heightPx,
  rgb: Uint8Array.from({ length: 3 * widthPx * heightPx }, (_, at) => byte(at)),
});
/** Does not compress. */
const noise = (at: number) => {
  const mixed = Math.imul(at ^ (at >>> 16) ^ 0x5bd1e995, 0x7feb352d);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b) >>> 16) & 255;
};

const rasters = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer())
  .map(([widthPx, heightPx, seed]) => raster(widthPx, heightPx, (at) => noise(at ^ seed)));

describe("kitty graphics", () => {
  it("any picture -> the same pixels, at the cursor, without an answer", () => {
    fc.assert(
      fc.property(rasters, ({ widthPx, heightPx, rgb }) => {
        const read = decodeKitty(kittyPicture({ widthPx, heightPx, rgb }, 7));
        expect([read.widthPx, read.heightPx, Buffer.from(read.rgb)]).toEqual([widthPx, heightPx, Buffer.from(rgb)]);
        expect(["i", "p", "q", "C"].map((key) => read.keys.get(key))).toEqual(["7", "1", "2", "1"]);
      }),
    );
  });

  it("a large one -> chunks of at most 4096 characters, all but the last saying that more comes", () => {
    const large = raster(80, 60, noise);
    const read = decodeKitty(kittyPicture(large, 7));
    expect(read.chunkCount).toBeGreaterThan(3);
    expect(Buffer.from(read.rgb).equals(Buffer.from(large.rgb))).toBe(true);
  });

  it("removal -> the picture and its memory, without an answer", () => {
    expect(kittyRemoval(7)).toBe("\u001b_Ga=d,d=I,i=7,q=2\u001b\\");
  });
});

describe("half blocks", () => {
  it("two by three pixels -> byte by byte; below an odd row the terminal's own colour", () => {
    const text = halfBlocks(raster(2, 3, (at) => at));
    expect(text).toBe(
      [
        "\u001b[38;2;0;1;2m\u001b[48;2;6;7;8m▀\u001b[38;2;3;4;5m\u001b[48;2;9;10;11m▀\u001b[0m",
        "\u001b[38;2;12;13;14m▀\u001b[38;2;15;16;17m▀\u001b[0m",
      ].join("\r\u001b[1B"),
    );
  });

  it("any picture -> every pixel in its half of its cell", () => {
    fc.assert(
      fc.property(rasters, ({ widthPx, heightPx, rgb }) => {
        const color = (x: number, y: number) =>
          y < heightPx ? Buffer.from(rgb).readUIntBE(3 * (y * widthPx + x), 3) : -1;
        const expected = Array.from({ length: Math.ceil(heightPx / 2) }, (_, row) =>
          Array.from({ length: widthPx }, (_unused, x) => [color(x, 2 * row), color(x, 2 * row + 1)]),
        );
        expect(decodeBlocks(halfBlocks({ widthPx, heightPx, rgb }))).toEqual(expected);
      }),
    );
  });

  it("one colour -> told once a row", () => {
    expect(halfBlocks(raster(50, 2, () => 9)).match(/38;2/g)).toHaveLength(1);
  });
});

describe("sixels", () => {
  it("three pixels of two colours -> byte by byte", () => {
    const picture = {
      widthPx: 3,
      heightPx: 1,
      colors: [[255, 0, 0] as const, [0, 51, 255] as const],
      indices: Uint8Array.of(0, 1, 1),
    };
    expect(sixelPicture(picture)).toBe('\u001bP0;1;0q"1;1;3;1#0;2;100;0;0#1;2;0;20;100#0@$#1?@@\u001b\\');
  });

  it("a run of equal ones -> counted; rows beyond six -> another band", () => {
    const picture = { widthPx: 9, heightPx: 8, colors: [[0, 0, 0] as const], indices: new Uint8Array(72) };
    expect(sixelPicture(picture)).toContain("#0!9~-#0!9B");
  });

  it("any picture of few colours -> all of its pixels, within the hundred steps of a sixel's colour", () => {
    const few = fc.tuple(rasters, fc.integer({ min: 1, max: 7 })).map(([each, count]) => ({
      ...each,
      rgb: each.rgb.map((value) => 8 * ((value * count) >> 8)),
    }));
    fc.assert(
      fc.property(few, (picture) => {
        const read = decodeSixel(sixelPicture(indexed(picture, 256)));
        expect([read.widthPx, read.heightPx]).toEqual([picture.widthPx, picture.heightPx]);
        expect(read.isSet.every((set) => set === 1)).toBe(true);
        expect(Math.max(...read.rgb.map((value, at) => Math.abs(value - (picture.rgb[at] ?? 0))))).toBeLessThan(2);
      }),
    );
  });
});

describe("a palette", () => {
  it("more colours than it may have -> so many, each pixel near its own", () => {
    const gradient = raster(64, 64, (at) => [at % 192, Math.floor(at / 192) * 4, 128][at % 3] ?? 0);
    const { colors, indices } = indexed(gradient, 64);
    expect(colors).toHaveLength(64);
    const errors = Array.from(indices, (index, pixel) =>
      Math.hypot(
        ...[0, 1, 2].map((channel) => (colors[index]?.[channel] ?? 0) - (gradient.rgb[3 * pixel + channel] ?? 0)),
      ),
    );
    expect(Math.max(...errors)).toBeLessThan(40);
  });

  it("fewer than it may have -> each its own; a picture without pixels -> none", () => {
    const two = raster(2, 1, (at) => (at < 3 ? 10 : 200));
    expect(indexed(two, 256).colors).toEqual([
      [10, 10, 10],
      [200, 200, 200],
    ]);
    expect(
      indexed(
        raster(0, 0, () => 0),
        256,
      ).colors,
    ).toEqual([]);
  });
});
