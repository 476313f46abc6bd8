// Which pixels a region that is rendered alone stands for: whole tiles, also where it has part of one.
import { intersection, isEmpty, type PixelRect } from "../../../../proto/rect.ts";
import { tileRect, tilingOf } from "../../../../proto/tiling.ts";

/** null: no region, so everything is wanted. */
export function touchesTilesOf(
  region: PixelRect | null,
  rect: PixelRect,
  { cropWindow, tileSizePx }: { readonly cropWindow: PixelRect; readonly tileSizePx: number },
): boolean {
  if (region === null) return true;
  const tiling = tilingOf(cropWindow, tileSizePx);
  for (let tileIndex = 0; tileIndex < tiling.tileCount; tileIndex++) {
    const tile = tileRect(tiling, tileIndex);
    if (!isEmpty(intersection(tile, rect)) && !isEmpty(intersection(tile, region))) return true;
  }
  return false;
}
