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

interface ColorMask {
  /** Of each column: bit n is row n. */
  readonly rows: Uint8Array;
  /** Columns before it have none. */
  first: number;
  last: number;
}

/** Each colour's pixels, over each other. */
function bandText(indices: Uint8Array, widthPx: number): string {
  const masks = new Map<number, ColorMask>();
  for (let row = 0, at = 0; at < indices.length; row++)
    for (let x = 0; x < widthPx; x++, at++) {
      let mask = masks.get(indices[at]);
      if (mask === undefined) {
        mask = { rows: new Uint8Array(widthPx), first: x, last: x };
        masks.set(indices[at], mask);
      }
      mask.rows[x] |= 1 << row;
      if (x < mask.first) mask.first = x;
      if (x > mask.last) mask.last = x;
    }
  return [...masks].map(([color, mask]) => `#${color}${runs(mask)}`).join("$");
}

/** Equal characters together; what is empty at the end is left out. */
function runs({ rows, first, last }: ColorMask): string {
  let text = first > 0 ? run(0, first) : "";
  for (let at = first; at <= last; ) {
    let next = at + 1;
    while (next <= last && rows[next] === rows[at]) next++;
    text += run(rows[at], next - at);
    at = next;
  }
  return text;
}

function run(mask: number, count: number): string {
  const character = String.fromCharCode(63 + mask);
  return count > 3 ? `!${count}${character}` : character.repeat(count);
}

function percent(value: number): number {
  return Math.round((value * 100) / 255);
}
