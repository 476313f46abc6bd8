// Pictures by the kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol), as text for the terminal.
import { deflateSync } from "node:zlib";
import type { Raster } from "./raster.ts";

/** Of one escape sequence, by the protocol. */
const chunkCharsMax = 4096;

/**
 * Shows the picture at the cursor, which stays; one of the same id goes. Compressed, as terminals are often far away.
 * The terminal is asked not to answer: nobody would read it.
 */
export function kittyPicture({ widthPx, heightPx, rgb }: Raster, imageId: number): string {
  const payload = deflateSync(rgb, { level: 1 }).toString("base64");
  const keys = `a=T,q=2,f=24,o=z,s=${widthPx},v=${heightPx},i=${imageId},p=1,C=1`;
  const chunks: string[] = [];
  for (let at = 0; at < payload.length; at += chunkCharsMax) {
    const more = at + chunkCharsMax < payload.length ? 1 : 0;
    const head = at === 0 ? `${keys},m=${more}` : `m=${more}`;
    chunks.push(`\u001b_G${head};${payload.slice(at, at + chunkCharsMax)}\u001b\\`);
  }
  return chunks.join("");
}

/** Removes it, and frees its memory there. */
export function kittyRemoval(imageId: number): string {
  return `\u001b_Ga=d,d=I,i=${imageId},q=2\u001b\\`;
}
