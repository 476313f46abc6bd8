// A preview tile's inflated content (preview.proto, PREVIEW_ENCODING_HALF) as numbers for each of its pixels. Pure.
import { limits } from "../../proto/limits.ts";
import { heightPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { valueGrid, valuePlaces } from "../../proto/value-grid.ts";

export interface PreviewPixels {
  /** In the display window. */
  readonly rect: PixelRect;
  /** Red, green, blue, alpha of each pixel, scene-linear, colour premultiplied; rows top to bottom. */
  readonly rgba: Float32Array;
}

export interface TileForm {
  readonly rect: PixelRect;
  /** See PreviewTile.stride_px. */
  readonly stridePx: number;
  readonly channelCount: number;
}

/**
 * One channel becomes red, green and blue; without a fourth, alpha is one. Of a coarse tile each pixel gets the value at
 * the multiple of the stride at or before it; what lies before the first one, the first one's. Throws RangeError unless
 * there are two bytes for each value: the tile is not what its header says. `part`: of the tile's rectangle.
 */
export function previewPixels(content: Uint8Array, form: TileForm, part: PixelRect = form.rect): PreviewPixels {
  const { rect, stridePx, channelCount } = form;
  const { columnCount: columns, rowCount: rows } = valueGrid(rect, stridePx);
  const valueCount = columns * rows * channelCount;
  if (!(columns > 0 && rows > 0) || content.length !== 2 * valueCount || ![1, 3, 4].includes(channelCount)) {
    throw new RangeError(`${content.length} bytes for ${columns}×${rows} values of ${channelCount} channels`);
  }
  const [width, height] = [widthPx(part), heightPx(part)];
  const rgba = new Float32Array(4 * width * height);
  const column = valuePlaces(rect.x0, part.x0, width, stridePx);
  const row = valuePlaces(rect.y0, part.y0, height, stridePx);
  for (let channel = 0; channel < 4; channel++) {
    const plane = channelCount === 1 && channel < 3 ? 0 : channel;
    for (let y = 0, at = channel; y < height; y++) {
      const first = columns * (plane * rows + row[y]);
      for (let x = 0; x < width; x++, at += 4) {
        const value = first + column[x];
        rgba[at] = plane < channelCount ? numberOf(content[value] | (content[valueCount + value] << 8)) : 1;
      }
    }
  }
  return { rect: part, rgba };
}

/** Rectangles that are `rect` together, none larger than a tile may be: a coarse block may be the whole film. */
export function tileParts(rect: PixelRect): PixelRect[] {
  const side = limits.tileSizePxMax;
  const parts: PixelRect[] = [];
  for (let y0 = rect.y0; y0 < rect.y1; y0 += side)
    for (let x0 = rect.x0; x0 < rect.x1; x0 += side)
      parts.push({ x0, y0, x1: Math.min(x0 + side, rect.x1), y1: Math.min(y0 + side, rect.y1) });
  return parts;
}

/** By its bits. */
let halves: Float32Array | undefined;

function numberOf(bits: number): number {
  halves ??= Float32Array.from({ length: 65_536 }, (_, each) => halfToNumber(each));
  return halves[bits];
}

/** The number that half-float bits stand for (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
