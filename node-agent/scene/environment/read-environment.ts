// Reads the picture that lights a scene from all around (.hdr, .pic, .exr; told apart by their first bytes) and checks
// that a renderer can use it: finite, not negative, not larger than the limits.
import { basename } from "node:path";
import { ExrReadError, readExr } from "../../../host/exr/read-exr.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import type { Environment } from "../description.ts";
import { readRange, withFile } from "../read-bytes.ts";
import { decodeRadiance, isRadiance, RadianceFault } from "./radiance.ts";

export interface ReadEnvironment {
  readonly environment: Environment;
  readonly notices: readonly string[];
}

interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Float32Array;
}

/** Throws `environment-missing` or `environment-broken`. */
export async function readEnvironment(path: string, rotationRad: number): Promise<ReadEnvironment> {
  const { widthPx, heightPx, pixels } = await decode(path);
  const notices: string[] = [];
  const negativeCount = cleaned(path, pixels, widthPx);
  if (negativeCount > 0) notices.push(`${negativeCount} pixels of the environment are negative and count as 0`);
  if (widthPx !== 2 * heightPx) {
    notices.push(
      `The environment has ${widthPx}×${heightPx} pixels; a latitude-longitude map has twice its height in width`,
    );
  }
  return { environment: { name: basename(path), widthPx, heightPx, pixels, rotationRad }, notices };
}

function decode(path: string): Promise<Picture> {
  const reading = {
    path,
    missingCode: "environment-missing",
    noun: "The environment",
    place: path,
    sizeBytesMax: limits.sceneBufferSizeBytesMax,
    limitName: "sceneBufferSizeBytesMax",
  } as const;
  return withFile(reading, async (file, sizeBytes) => {
    const start = await readRange(file, 0, Math.min(4, sizeBytes));
    if (isExr(start)) return decodeExr(path);
    if (isRadiance(start)) return decodedRadiance(path, await readRange(file, 0, sizeBytes));
    throw broken(path, "The environment is neither a Radiance (.hdr, .pic) nor an OpenEXR picture");
  });
}

function decodedRadiance(path: string, bytes: Uint8Array): Picture {
  try {
    return decodeRadiance(bytes, limits.environmentSidePxMax);
  } catch (thrown) {
    if (!(thrown instanceof RadianceFault)) throw thrown;
    throw broken(path, `The Radiance picture cannot be read: ${thrown.message}`, thrown);
  }
}

function isExr(bytes: Uint8Array): boolean {
  return bytes[0] === 0x76 && bytes[1] === 0x2f && bytes[2] === 0x31 && bytes[3] === 0x01;
}

async function decodeExr(path: string): Promise<Picture> {
  try {
    const { widthPx, heightPx, channels } = await readExr(path, { sidePxMax: limits.environmentSidePxMax });
    const pixels = new Float32Array(widthPx * heightPx * 3);
    for (const [k, name] of ["R", "G", "B"].entries()) {
      const { values } = channels.find((channel) => channel.name === name)!;
      for (let i = 0; i < values.length; i++) pixels[i * 3 + k] = values[i]!;
    }
    return { widthPx, heightPx, pixels };
  } catch (thrown) {
    if (!(thrown instanceof ExrReadError)) throw thrown;
    throw broken(path, `The OpenEXR picture cannot be read: ${thrown.message}`, thrown);
  }
}

/** Clamps negative values to 0 and counts the pixels; throws where a value is not finite. */
function cleaned(path: string, pixels: Float32Array, widthPx: number): number {
  let negativeCount = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    if (!Number.isFinite(r + g + b)) {
      const pixel = i / 3;
      throw broken(
        path,
        `Pixel (${pixel % widthPx}, ${Math.floor(pixel / widthPx)}) of the environment is (${r}, ${g}, ${b}), not finite`,
      );
    }
    if (r >= 0 && g >= 0 && b >= 0) continue;
    negativeCount++;
    for (let k = i; k < i + 3; k++) pixels[k] = Math.max(0, pixels[k]!);
  }
  return negativeCount;
}

function broken(path: string, message: string, cause?: unknown): ArrasError {
  return new ArrasError("environment-broken", {
    message,
    place: { path },
    action: "Give a latitude-longitude picture as .hdr or .exr, or `--env none` for darkness.",
    cause,
  });
}
