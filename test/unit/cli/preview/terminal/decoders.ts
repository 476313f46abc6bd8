// Reads pictures back out of what is written to a terminal: kitty graphics, sixels, half blocks.
import { inflateSync } from "node:zlib";
import type { Raster } from "../../../../../cli/preview/terminal/raster.ts";

const visible = (text: string) => text.replaceAll("\u001b", "␛");

export interface KittyPicture extends Raster {
  readonly keys: ReadonlyMap<string, string>;
  readonly chunkCount: number;
}

/** The first picture in the text. */
export function decodeKitty(text: string): KittyPicture {
  const sequences = [...visible(text).matchAll(/␛_G([^;␛]*)(?:;([^␛]*))?␛\\/g)];
  let payload = "";
  let first: Map<string, string> | undefined;
  let chunkCount = 0;
  for (const [, control = "", content = ""] of sequences) {
    const keys = new Map(control.split(",").map((each) => each.split("=") as [string, string]));
    if (first === undefined && keys.get("a") !== "T") continue;
    if (content.length > 4096) throw new Error("a chunk of more than 4096 characters");
    first ??= keys;
    payload += content;
    chunkCount += 1;
    if (keys.get("m") === "0") break;
  }
  if (first === undefined) throw new Error("no picture");
  if (first.get("f") !== "24" || first.get("o") !== "z") throw new Error("not compressed RGB");
  const rgb = inflateSync(Buffer.from(payload, "base64"));
  return { widthPx: Number(first.get("s")), heightPx: Number(first.get("v")), rgb, keys: first, chunkCount };
}

/** What no sixel sets is NaN, here 0 in `isSet`. */
export function decodeSixel(text: string): Raster & { readonly isSet: Uint8Array } {
  const [, widthText, heightText, body = ""] = /␛P0;1;0q"1;1;(\d+);(\d+)([^␛]*)␛\\/.exec(visible(text)) ?? [];
  const [widthPx, heightPx] = [Number(widthText), Number(heightText)];
  const rgb = new Uint8Array(3 * widthPx * heightPx);
  const isSet = new Uint8Array(widthPx * heightPx);
  const palette = new Map<number, readonly number[]>();
  let [x, band, color] = [0, 0, 0];
  const paint = (mask: number, count: number) => {
    for (let end = x + count; x < end; x++)
      for (let bit = 0; bit < 6; bit++) {
        if ((mask & (1 << bit)) === 0) continue;
        const pixel = (6 * band + bit) * widthPx + x;
        if (x >= widthPx || pixel >= widthPx * heightPx) throw new Error("a sixel outside the picture");
        isSet[pixel] = 1;
        rgb.set(palette.get(color) ?? [], 3 * pixel);
      }
  };
  for (const [token, , index, r, g, b, count, repeated] of body.matchAll(
    /(#(\d+)(?:;2;(\d+);(\d+);(\d+))?)|!(\d+)([?-~])|[?-~]|[$-]/g,
  )) {
    if (token.startsWith("#") && r !== undefined)
      palette.set(
        Number(index),
        [r, g, b].map((each) => Math.round((Number(each) * 255) / 100)),
      );
    else if (token.startsWith("#")) color = Number(index);
    else if (token === "$") x = 0;
    else if (token === "-") [x, band] = [0, band + 1];
    else if (repeated !== undefined) paint(repeated.charCodeAt(0) - 63, Number(count));
    else paint(token.charCodeAt(0) - 63, 1);
  }
  return { widthPx, heightPx, rgb, isSet };
}

/** Rows of cells: [upper, lower] as 0xrrggbb, lower -1 where it is the terminal's own. */
export function decodeBlocks(text: string): (readonly [number, number])[][] {
  const rows: [number, number][][] = [[]];
  let [above, below] = [-1, -1];
  for (const [token, code, r, g, b] of visible(text).matchAll(/␛\[([34]8);2;(\d+);(\d+);(\d+)m|␛\[0m|\r␛\[1B|./g)) {
    const color = (Number(r) << 16) | (Number(g) << 8) | Number(b);
    if (code === "38") above = color;
    else if (code === "48") below = color;
    else if (token === "␛[0m") [above, below] = [-1, -1];
    else if (token === "▀") rows.at(-1)?.push([above, below]);
    else if (token.startsWith("\r")) rows.push([]);
    else throw new Error(`what is ${JSON.stringify(token)}`);
  }
  return rows;
}
