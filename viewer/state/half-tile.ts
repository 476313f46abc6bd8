// A preview tile's inflated content (preview.proto, PREVIEW_ENCODING_HALF) as rows of half-float pixels, four channels
// each, as WebGL's textures take them.

/** 1.0 as a half float. */
const halfOne = 0x3c00;

export interface HalfTile {
  readonly widthPx: number;
  readonly heightPx: number;
  /** r, g, b, a of each pixel, as half floats' bits. */
  readonly pixels: Uint16Array;
}

/**
 * One channel becomes r, g and b; without a fourth, alpha is one. Throws RangeError unless there are two bytes for each
 * value: the tile is not what its header says.
 */
export function halfTile(content: Uint8Array, widthPx: number, heightPx: number, channelCount: number): HalfTile {
  const pixelCount = widthPx * heightPx;
  const valueCount = pixelCount * channelCount;
  if (content.length !== 2 * valueCount || ![1, 3, 4].includes(channelCount)) {
    throw new RangeError(`${content.length} bytes for ${widthPx}×${heightPx} pixels of ${channelCount} channels`);
  }
  const pixels = new Uint16Array(4 * pixelCount);
  for (let channel = 0; channel < 4; channel++) {
    const plane = channelCount === 1 && channel < 3 ? 0 : channel;
    for (let at = 0; at < pixelCount; at++) {
      const value = plane * pixelCount + at;
      pixels[4 * at + channel] =
        plane < channelCount ? (content[value] ?? 0) | ((content[valueCount + value] ?? 0) << 8) : halfOne;
    }
  }
  return { widthPx, heightPx, pixels };
}
