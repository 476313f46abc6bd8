// A preview tile from the wire as pixels for a texture: inflated half floats, or a decoded picture.
import { PreviewEncoding, type PreviewTile } from "../../proto/gen/arras/v1/preview_pb.ts";
import { valueGrid } from "../../proto/value-grid.ts";
import type { TilePixels } from "../gl/layer.ts";
import { halfTile } from "../state/half-tile.ts";
import { spread, type TileRect } from "../state/tile-pixels.ts";

export interface DecodedTile {
  readonly output: string;
  readonly rect: TileRect;
  readonly sppMean: number;
  readonly pixels: TilePixels;
}

/** Rejects with RangeError or the browser's error for what is no such tile. */
export async function decodeTile(tile: PreviewTile, encoding: PreviewEncoding): Promise<DecodedTile> {
  const { output, rect, sppMean } = tile;
  if (rect === undefined) throw new RangeError("a preview tile without a rectangle");
  const pixels = encoding === PreviewEncoding.HALF ? await halfPixels(tile, rect) : await picturePixels(tile, rect);
  return { output, rect, sppMean, pixels };
}

async function halfPixels({ content, channelCount, stridePx }: PreviewTile, rect: TileRect): Promise<TilePixels> {
  const { columnCount, rowCount } = valueGrid(rect, stridePx);
  const values = halfTile(await inflated(content), columnCount, rowCount, channelCount);
  return { t: "half", ...spread(values, rect, stridePx) };
}

async function picturePixels({ content }: PreviewTile, { x0, y0, x1, y1 }: TileRect): Promise<TilePixels> {
  const [widthPx, heightPx] = [x1 - x0, y1 - y0];
  const picture = await createImageBitmap(new Blob([content as Uint8Array<ArrayBuffer>]), {
    resizeWidth: widthPx,
    resizeHeight: heightPx,
    resizeQuality: "pixelated",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  return { t: "picture", widthPx, heightPx, picture };
}

async function inflated(content: Uint8Array): Promise<Uint8Array> {
  const bytes = new Blob([content as Uint8Array<ArrayBuffer>]);
  return new Uint8Array(
    await new Response(bytes.stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer(),
  );
}
