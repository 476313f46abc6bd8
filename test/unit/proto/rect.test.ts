// Rectangles and tilings: half-open, and together exactly the crop window.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  areaPx,
  contains,
  heightPx,
  intersection,
  isEmpty,
  type PixelRect,
  sameRect,
  spanning,
  toInclusiveBox,
  widthPx,
} from "../../../proto/rect.ts";
import { quarters, tileRect, tilingOf } from "../../../proto/tiling.ts";

const rect = fc
  .tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
  .map(([x0, y0, width, height]): PixelRect => ({ x0, y0, x1: x0 + width, y1: y0 + height }));

function pixels(r: PixelRect): string[] {
  const all: string[] = [];
  for (let y = r.y0; y < r.y1; y++) for (let x = r.x0; x < r.x1; x++) all.push(`${x},${y}`);
  return all;
}

describe("rectangles", () => {
  it("sides and area -> half-open; OpenEXR's box -> inclusive", () => {
    const r = { x0: 2, y0: 3, x1: 12, y1: 8 };
    expect([widthPx(r), heightPx(r), areaPx(r)]).toEqual([10, 5, 50]);
    expect(toInclusiveBox(r)).toEqual({ xMin: 2, yMin: 3, xMax: 11, yMax: 7 });
  });

  it("two rectangles -> their intersection holds the common pixels, in any order of the two", () => {
    fc.assert(
      fc.property(rect, rect, (a, b) => {
        const common = intersection(a, b);
        const theirs = new Set(pixels(b));
        expect(isEmpty(common) ? [] : pixels(common)).toEqual(pixels(a).filter((pixel) => theirs.has(pixel)));
        expect(sameRect(intersection(b, a), common)).toBe(true);
        expect(contains(a, b)).toBe(sameRect(common, b));
      }),
      { numRuns: 50 },
    );
  });

  it("a rectangle's top left and bottom right pixel, in this order -> it spans the rectangle", () => {
    const pixelAt = (x: number, y: number) => ({ x0: x, y0: y, x1: x + 1, y1: y + 1 });
    fc.assert(
      fc.property(rect, (r) => {
        expect(spanning(pixelAt(r.x0, r.y0), pixelAt(r.x1 - 1, r.y1 - 1))).toEqual(r);
      }),
      { numRuns: 50 },
    );
  });

  it("a side without pixels -> empty", () => {
    expect(isEmpty({ x0: 1, y0: 1, x1: 1, y1: 5 })).toBe(true);
    expect(isEmpty({ x0: 1, y0: 5, x1: 3, y1: 1 })).toBe(true);
  });
});

describe("tilings", () => {
  it("any crop window and size -> tiles that cover it once, each in its square of the display window", () => {
    fc.assert(
      fc.property(rect, fc.integer({ min: 8, max: 40 }), (crop, tileSizePx) => {
        const tiling = tilingOf(crop, tileSizePx);
        const tiles = Array.from({ length: tiling.tileCount }, (_, tileIndex) => tileRect(tiling, tileIndex));
        expect(tiles.flatMap(pixels).sort()).toEqual(pixels(crop).sort());
        for (const tile of tiles) {
          expect(isEmpty(tile)).toBe(false);
          expect(Math.floor(tile.x0 / tileSizePx)).toBe(Math.floor((tile.x1 - 1) / tileSizePx));
          expect(Math.floor(tile.y0 / tileSizePx)).toBe(Math.floor((tile.y1 - 1) / tileSizePx));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("the crop window grows -> a tile's pixels stay in tiles of the same edges", () => {
    const small = tilingOf({ x0: 70, y0: 10, x1: 90, y1: 20 }, 64);
    expect([small.columnCount, small.rowCount]).toEqual([1, 1]);
    expect(tileRect(small, 0)).toEqual({ x0: 70, y0: 10, x1: 90, y1: 20 });
    expect(tileRect(tilingOf({ x0: 0, y0: 0, x1: 200, y1: 100 }, 64), 1)).toEqual({ x0: 64, y0: 0, x1: 128, y1: 64 });
  });

  it("any rectangle -> its quarters cover it once, none is empty; a pixel has one", () => {
    fc.assert(
      fc.property(rect, (whole) => {
        const parts = quarters(whole);
        expect(parts.flatMap(pixels).sort()).toEqual(pixels(whole).sort());
        expect(parts.some(isEmpty)).toBe(false);
      }),
      { numRuns: 50 },
    );
    expect(quarters({ x0: 4, y0: 4, x1: 5, y1: 5 })).toEqual([{ x0: 4, y0: 4, x1: 5, y1: 5 }]);
    expect(quarters({ x0: 0, y0: 0, x1: 2, y1: 1 })).toHaveLength(2);
  });
});
