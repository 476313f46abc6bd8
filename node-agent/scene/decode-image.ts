// Decodes one picture file (PNG, JPEG, WebP) to 8-bit RGBA exactly as its samples are: 16 bits become 8, grey becomes
// rgb, and no colour profile or gamma is applied, because glTF says what the numbers mean, not the file's metadata.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

export interface DecodedImage {
  readonly widthPx: number;
  readonly heightPx: number;
  /** RGBA, rows top to bottom. */
  readonly pixels: Uint8Array;
}

/**
 * `place` names file and image; `reserve` is told the size of the pixels before they are made, and may throw. Throws `scene-broken`, `scene-unsupported` (another format) or `limit-exceeded`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  place: string,
  reserve: (sizeBytes: number) => void,
): Promise<DecodedImage> {
  const format = imageFormat(bytes);
  if (format === undefined) {
    throw new ArrasError("scene-unsupported", {
      message: "The image is not a PNG, JPEG or WebP file",
      place: { path: place },
      action: "Save it as PNG, JPEG or WebP.",
    });
  }
  try {
    // Loaded here: it takes a tenth of a second, which scenes without pictures need not wait for.
    const { default: sharp } = await import("sharp");
    const image = sharp(bytes, { ignoreIcc: true, limitInputPixels: false, failOn: "truncated", sequentialRead: true });
    const { width, height } = await image.metadata();
    if (Math.max(width, height) > limits.textureSidePxMax) {
      throw new ArrasError("limit-exceeded", {
        message: `The image has ${width}×${height} pixels; textureSidePxMax is ${limits.textureSidePxMax}`,
        place: { path: place },
        action: "Make the texture smaller.",
      });
    }
    reserve(width * height * 4);
    const { data, info } = await image
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { widthPx: info.width, heightPx: info.height, pixels: toRgba(data, info.channels) };
  } catch (cause) {
    if (cause instanceof ArrasError) throw cause;
    throw new ArrasError("scene-broken", {
      message: `The ${format} image cannot be decoded: ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`,
      place: { path: place },
      action: "Save the image again.",
      cause,
    });
  }
}

/** By the first bytes: glTF's mimeType and the file name are often wrong, and other decoders stay out of reach. */
function imageFormat(bytes: Uint8Array): "PNG" | "JPEG" | "WebP" | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "PNG";
  if (text(0, 3) === "\xff\xd8\xff") return "JPEG";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "WebP";
  return undefined;
}

function toRgba(samples: Uint8Array, channelCount: number): Uint8Array {
  if (channelCount === 4) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const pixelCount = samples.length / channelCount;
  const rgba = new Uint8Array(pixelCount * 4);
  const isGrey = channelCount < 3;
  const alphaOffset = channelCount % 2 === 0 ? channelCount - 1 : undefined;
  for (let i = 0; i < pixelCount; i++) {
    for (let k = 0; k < 3; k++) rgba[i * 4 + k] = samples[i * channelCount + (isGrey ? 0 : k)]!;
    rgba[i * 4 + 3] = alphaOffset === undefined ? 255 : samples[i * channelCount + alphaOffset]!;
  }
  return rgba;
}
