// 8-bit pixels → PNG, JPEG or WebP bytes, through sharp. Equal pixels and options give equal bytes.
import type { Sharp } from "sharp";
import { ArrasError } from "../proto/errors.ts";

export type PictureEncoding = "png" | "jpeg" | "webp";
export const pictureEncodings: readonly PictureEncoding[] = ["png", "jpeg", "webp"];

/** JPEG without subsampled colour at 92 and WebP at 90 show no blocks on smooth gradients; both scales end at 100. */
export const pictureQualityDefaults: Readonly<Record<"jpeg" | "webp", number>> = { jpeg: 92, webp: 90 };

export interface Pixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 3 or 4 bytes a pixel, rows top to bottom, sRGB, straight alpha. */
  readonly bytes: Uint8Array;
}

export interface PictureOptions {
  readonly encoding: PictureEncoding;
  /** 1 to 100, for JPEG and WebP; PNG loses nothing. */
  readonly quality?: number;
  /** zlib level of PNG: 1 for previews, 9 for the smallest file. */
  readonly pngLevel?: number;
  /** For EXIF. Pixels are as without it. */
  readonly origin?: PictureOrigin;
}

/** Where a picture comes from. */
export interface PictureOrigin {
  readonly software: string;
  readonly description: string;
}

/** Rejects with `output-failed`: WebP ends at 16,383 pixels a side, JPEG at 65,535. */
export async function encodePicture(pixels: Pixels, options: PictureOptions): Promise<Uint8Array> {
  const channels = pixels.bytes.length / (pixels.widthPx * pixels.heightPx);
  if (channels !== 3 && channels !== 4) throw new RangeError(`${channels} bytes a pixel; 3 or 4 are possible`);
  // Loaded here: it takes a tenth of a second, while nothing renders yet where this process starts.
  const { default: sharp } = await import("sharp");
  const image = sharp(pixels.bytes, {
    raw: { width: pixels.widthPx, height: pixels.heightPx, channels },
    limitInputPixels: false,
  });
  try {
    return await encoded(options.origin === undefined ? image : withOrigin(image, options.origin), options).toBuffer();
  } catch (thrown) {
    throw new ArrasError("output-failed", {
      message: `the ${options.encoding} picture could not be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      action: "Choose a smaller size, or PNG, which has no limit within ours.",
      cause: thrown,
    });
  }
}

function withOrigin(image: Sharp, { software, description }: PictureOrigin): Sharp {
  return image.withExif({ IFD0: { Software: software, ImageDescription: description } });
}

function encoded(image: Sharp, { encoding, quality, pngLevel }: PictureOptions): Sharp {
  switch (encoding) {
    case "png":
      return image.png({ compressionLevel: pngLevel ?? 6 });
    case "jpeg":
      return image.jpeg({ quality: quality ?? pictureQualityDefaults.jpeg, chromaSubsampling: "4:4:4" });
    case "webp":
      return image.webp({ quality: quality ?? pictureQualityDefaults.webp });
  }
}
