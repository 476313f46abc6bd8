// Pictures as sixels (DEC, "VT330/VT340 Programmer Reference Manual", volume 2, chapter 14), as text for the terminal. Pure.
import type { IndexedRaster } from "./palette.ts";

/** Rows that one character has. */
export const sixelRows = 6;

/** At the cursor. Where it is afterwards differs between terminals: save it before. */
export function sixelPicture({ widthPx, heightPx, colors, indices }: IndexedRaster): string {
  const palette = colors.map(([r, g, b], index) => `#${index};2;${percent(r)};${percent(g)};${percent(b)}`).join("");
  const bands: string[] = [];
  for (let y = 0; y < heightPx; y += sixelRows) {
    const rows = Math.min(sixelRows, heightPx - y);
    bands.push(bandText(indices.subarray(y * widthPx, (y + rows) * widthPx), widthPx));
  }
  // 1 in the second place: what no colour sets stays as it is. Raster attributes: square pixels, width, height.
  return `\u001bP0;1;0q"1;1;${widthPx};${heightPx}${palette}${bands.join("-")}\u001b\\`;
}

/** Each colour's pixels, over each other. */
function bandText(indices: Uint8Array, widthPx: number): string {
  const masks = new Map<number, Uint8Array>();
  for (let at = 0; at < indices.length; at++) {
    let mask = masks.get(indices[at]);
    if (mask === undefined) {
      mask = new Uint8Array(widthPx);
      masks.set(indices[at], mask);
    }
    mask[at % widthPx] |= 1 << Math.floor(at / widthPx);
  }
  return [...masks].map(([color, mask]) => `#${color}${runs(mask)}`).join("$");
}

/** Equal characters together; what is empty at the end is left out. */
function runs(mask: Uint8Array): string {
  let end = mask.length;
  while (end > 0 && mask[end - 1] === 0) end--;
  let text = "";
  for (let at = 0; at < end; ) {
    let next = at + 1;
    while (next < end && mask[next] === mask[at]) next++;
    const character = String.fromCharCode(63 + mask[at]);
    text += next - at > 3 ? `!${next - at}${character}` : character.repeat(next - at);
    at = next;
  }
  return text;
}

function percent(value: number): number {
  return Math.round((value * 100) / 255);
}
