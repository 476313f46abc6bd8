// Pictures as text: each cell is an upper half block, its own colour the upper pixel, its background the lower one
// (24-bit SGR, ITU-T T.416). Pure.
import type { Raster } from "./raster.ts";

const block = "▀";

/**
 * At the cursor, whose column must be the first; each row ends below its beginning. Lines are gone down by cursor
 * movements, so nothing scrolls.
 */
export function halfBlocks({ widthPx, heightPx, rgb }: Raster): string {
  const lines: string[] = [];
  for (let y = 0; y < heightPx; y += 2) {
    let line = "";
    let [above, below] = [-1, -1];
    for (let x = 0; x < widthPx; x++) {
      const upper = colorAt(rgb, y * widthPx + x);
      // Below the last row of an odd height is the terminal's own background.
      const lower = y + 1 < heightPx ? colorAt(rgb, (y + 1) * widthPx + x) : -1;
      if (upper !== above) line += `\u001b[38;2;${colorText(upper)}m`;
      if (lower !== below) line += `\u001b[48;2;${colorText(lower)}m`;
      [above, below] = [upper, lower];
      line += block;
    }
    lines.push(`${line}\u001b[0m`);
  }
  return lines.join("\r\u001b[1B");
}

function colorAt(rgb: Uint8Array, pixel: number): number {
  return (rgb[3 * pixel] << 16) | (rgb[3 * pixel + 1] << 8) | rgb[3 * pixel + 2];
}

function colorText(color: number): string {
  return `${color >> 16};${(color >> 8) & 255};${color & 255}`;
}
