// Which rectangles consist of whole tiles: those of tiles and of blocks of them, clipped as the crop window clips them.
import fc from "fast-check";
import { expect, it } from "vitest";
import { tileRect, tilingOf, wholeTiles } from "../../../proto/tiling.ts";

const cropWindow = { x0: 10, y0: 70, x1: 200, y1: 200 };
const tiling = tilingOf(cropWindow, 64);

it.each([
  ["a tile, clipped", { x0: 10, y0: 70, x1: 64, y1: 128 }, [0]],
  ["two by two", { x0: 64, y0: 70, x1: 192, y1: 192 }, [1, 2, 5, 6]],
  ["everything", cropWindow, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ["a part of a tile", { x0: 10, y0: 70, x1: 63, y1: 128 }, undefined],
  ["a tile beyond the crop window", { x0: 0, y0: 64, x1: 64, y1: 128 }, undefined],
  ["a whole and a half", { x0: 10, y0: 70, x1: 96, y1: 128 }, undefined],
  ["outside", { x0: 256, y0: 256, x1: 320, y1: 320 }, undefined],
])("%s", (_, rect, indices) => {
  expect(wholeTiles(tiling, rect)).toEqual(indices);
});

it("every tile of any tiling is itself", () => {
  const at = fc.integer({ min: 0, max: 300 });
  const side = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(at, at, side, side, fc.constantFrom(16, 64), (x0, y0, widthPx, heightPx, tileSizePx) => {
      const any = tilingOf({ x0, y0, x1: x0 + widthPx, y1: y0 + heightPx }, tileSizePx);
      for (let index = 0; index < any.tileCount; index++)
        expect(wholeTiles(any, tileRect(any, index))).toEqual([index]);
    }),
  );
});
