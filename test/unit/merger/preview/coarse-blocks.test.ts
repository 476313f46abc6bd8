// Coarse tiles put together: the same tiles, in as few rectangles as they make.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coarseBlocks } from "../../../../merger/preview/coarse-blocks.ts";
import { limits } from "../../../../proto/limits.ts";
import { areaPx } from "../../../../proto/rect.ts";
import { tilingOf, wholeTiles } from "../../../../proto/tiling.ts";

const hd = tilingOf({ x0: 0, y0: 0, x1: 1920, y1: 1080 }, 64);
const allOf = (tileCount: number) => Array.from({ length: tileCount }, (_, tile) => tile);

describe("blocks of coarse tiles", () => {
  it("all tiles of a film -> one, which is its crop window", () => {
    const blocks = coarseBlocks(hd, allOf(hd.tileCount));
    expect(blocks).toEqual([{ rect: hd.cropWindow, tileIndices: allOf(hd.tileCount) }]);
  });

  it("one is missing in the middle -> rows above, both sides of it, rows below", () => {
    const missing = 30 * 8 + 15;
    const tiles = allOf(hd.tileCount).filter((tile) => tile !== missing);
    expect(coarseBlocks(hd, tiles).map(({ tileIndices }) => tileIndices.length)).toEqual([240, 15, 14, 240]);
  });

  it("more than a block may have -> several; of the largest tiles, one each at most as large as a tile", () => {
    const large = tilingOf({ x0: 0, y0: 0, x1: limits.filmSidePxMax, y1: 2048 }, limits.tileSizePxMax);
    const sizes = coarseBlocks(large, allOf(large.tileCount)).map(
      ({ rect }) => areaPx(rect) / limits.coarseStridePx ** 2,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.tileSizePxMax ** 2);
    expect(sizes.length).toBe(areaPx(large.cropWindow) / limits.coarseStridePx ** 2 / limits.tileSizePxMax ** 2);
  });

  it("any tiles of any film, in any order -> each in one block, blocks of whole tiles, none too large", () => {
    const films = fc.record({
      x0: fc.integer({ min: 0, max: 100 }),
      y0: fc.integer({ min: 0, max: 100 }),
      widthPx: fc.integer({ min: 1, max: 300 }),
      heightPx: fc.integer({ min: 1, max: 300 }),
      tileSizePx: fc.constantFrom(16, 40, 64),
      tilesMax: fc.constantFrom(1, 3, 1_000),
      seed: fc.array(fc.nat(), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(films, ({ x0, y0, widthPx, heightPx, tileSizePx, tilesMax, seed }) => {
        const tiling = tilingOf({ x0, y0, x1: x0 + widthPx, y1: y0 + heightPx }, tileSizePx);
        const tiles = [...new Set(seed.map((each) => each % tiling.tileCount))];
        const blocks = coarseBlocks(tiling, tiles, tilesMax);
        for (const { rect, tileIndices } of blocks) {
          expect(wholeTiles(tiling, rect)).toEqual(tileIndices);
          expect(tileIndices.length).toBeLessThanOrEqual(tilesMax);
        }
        const covered = blocks.flatMap(({ tileIndices }) => tileIndices).toSorted((a, b) => a - b);
        expect(covered).toEqual(tiles.toSorted((a, b) => a - b));
      }),
    );
  });
});
