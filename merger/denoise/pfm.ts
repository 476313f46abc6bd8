// Three planes as a PFM picture and back: what Open Image Denoise's command reads and writes. Rows go bottom to top,
// floats are little-endian where the scale is negative (http://www.pauldebevec.com/Research/HDR/PFM).
import { ArrasError } from "../../proto/errors.ts";

export interface PfmPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Red, green, blue; rows top to bottom. */
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
}

export function toPfm({ widthPx, heightPx, planes }: PfmPicture): Uint8Array {
  const header = new TextEncoder().encode(`PF\n${widthPx} ${heightPx}\n-1.0\n`);
  const bytes = new Uint8Array(header.length + 12 * widthPx * heightPx);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  let at = header.length;
  for (let y = heightPx - 1; y >= 0; y--) {
    for (let x = 0; x < widthPx; x++) {
      for (const plane of planes) {
        view.setFloat32(at, plane[y * widthPx + x], true);
        at += 4;
      }
    }
  }
  return bytes;
}

/** Throws `output-failed` for what is no such picture of that size. */
export function fromPfm(bytes: Uint8Array, widthPx: number, heightPx: number): PfmPicture {
  const header = /^PF\s(\d+)\s(\d+)\s(-\d+(?:\.\d*)?)\s/.exec(Buffer.from(bytes.subarray(0, 64)).toString("latin1"));
  const start = header?.[0].length ?? 0;
  const isSo = header !== null && Number(header[1]) === widthPx && Number(header[2]) === heightPx;
  if (!isSo || bytes.length !== start + 12 * widthPx * heightPx) {
    throw new ArrasError("output-failed", {
      message: `The denoiser gave ${bytes.length} bytes that are no PFM picture of ${widthPx}×${heightPx} pixels`,
      action: "Look without denoising, and check the denoiser on the merge computation's node (oidnDenoise).",
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const planes = [0, 1, 2].map(() => new Float32Array(widthPx * heightPx));
  let at = start;
  for (let y = heightPx - 1; y >= 0; y--) {
    for (let x = 0; x < widthPx; x++) {
      for (const plane of planes) {
        plane[y * widthPx + x] = view.getFloat32(at, true);
        at += 4;
      }
    }
  }
  const [r, g, b] = planes;
  return { widthPx, heightPx, planes: [r, g, b] };
}
