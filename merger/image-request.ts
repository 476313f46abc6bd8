// What an EncodeImageRequest asks for, checked: a layout for the EXR writer, or how a picture for a display is made.

import { tones } from "../proto/display-transform.ts";
import { ArrasError } from "../proto/errors.ts";
import type { EncodeImageRequest, ExrFormat, ImageMetadata } from "../proto/gen/arras/v1/film_pb.ts";
import { softwareVersion } from "../proto/version.ts";
import { type DisplayPictureOptions, displayOutputs } from "./display-picture.ts";
import { type ExrLayoutOptions, imageOutputs } from "./exr-layout.ts";
import type { FilmMetadata } from "./film-metadata.ts";
import { type PictureOrigin, pictureEncodings } from "./picture.ts";

export type ImageRequest =
  | { readonly t: "exr"; readonly layout: ExrLayoutOptions; readonly isDenoised: boolean }
  | {
      readonly t: "display";
      readonly picture: DisplayPictureOptions;
      readonly isDenoised: boolean;
      readonly hasOrigin: boolean;
    };

/** Throws `usage` for a combination that is impossible. */
export function imageRequest({ format }: EncodeImageRequest): ImageRequest {
  if (format.case === "exr") return exrRequest(format.value);
  if (format.case !== "display") throw impossible("format", "none", ["exr", "display"]);
  const { encoding, tone, quality, output, exposureStops, maxSidePx, withOrigin: hasOrigin } = format.value;
  if (quality > 100) throw impossible("quality", String(quality), ["0", "1 to 100"]);
  if (!(Math.abs(exposureStops) <= 64)) throw impossible("exposure", String(exposureStops), ["-64 to 64"]);
  return {
    t: "display",
    isDenoised: output === "denoised",
    hasOrigin,
    picture: {
      encoding: oneOf("encoding", encoding, pictureEncodings),
      tone: oneOf("tone", tone === "" ? "srgb" : tone, tones),
      output: oneOf("output", output === "" ? "beauty" : output, displayOutputs),
      exposureStops,
      ...(quality === 0 ? {} : { quality }),
      ...(maxSidePx === 0 ? {} : { maxSidePx }),
    },
  };
}

/** What was denoised goes into a file of its own, so that nobody takes it for the film's. */
function exrRequest(exr: ExrFormat): ImageRequest {
  if (!exr.outputs.includes("denoised")) return { t: "exr", isDenoised: false, layout: exrLayoutOptions(exr) };
  if (exr.outputs.length > 1)
    throw impossible("outputs", exr.outputs.join(", "), ["denoised alone", "others without it"]);
  return { t: "exr", isDenoised: true, layout: exrLayoutOptions({ ...exr, outputs: [] }) };
}

function exrLayoutOptions(exr: ExrFormat): ExrLayoutOptions {
  return {
    outputs: exr.outputs.map((name) => oneOf("output", name, imageOutputs)),
    parts: oneOf("parts", exr.parts === "" ? "multi" : exr.parts, ["multi", "layers"]),
    colorType: oneOf("pixel type", exr.pixelType === "" ? "half" : exr.pixelType, ["half", "float"]),
    compression: oneOf("compression", exr.compression === "" ? "zip" : exr.compression, compressions),
    tileSizePx: exr.tileSizePx,
  };
}

const compressions = ["none", "rle", "zips", "zip", "piz", "dwaa", "dwab"] as const;

/** Header fields; what a message leaves empty is not written. */
export function filmMetadata(message: ImageMetadata | undefined, session: string, filmSha256: string): FilmMetadata {
  const base = { software: `arras-render ${softwareVersion}`, session, filmSha256 };
  if (message === undefined) return base;
  return {
    ...base,
    ...(message.renderer === "" ? {} : { renderer: message.renderer }),
    ...(message.instructionSet === "" ? {} : { instructionSet: message.instructionSet }),
    ...(message.sceneName === "" ? {} : { sceneName: message.sceneName }),
    ...(message.secondsPerSample > 0 ? { secondsPerSample: message.secondsPerSample } : {}),
    ...(message.objectNames.length > 0 ? { objectNames: message.objectNames } : {}),
    ...(message.cameraToWorld.length === 16 ? { camera: camera(message) } : {}),
  };
}

/** The same, as far as a picture's EXIF has room for it. */
export function pictureOrigin(message: ImageMetadata | undefined, session: string, filmSha256: string): PictureOrigin {
  const { software, sceneName } = filmMetadata(message, session, filmSha256);
  const parts = [`film ${filmSha256}`, `session ${session}`, ...(sceneName === undefined ? [] : [sceneName])];
  return { software, description: parts.join(", ") };
}

function camera(message: ImageMetadata): NonNullable<FilmMetadata["camera"]> {
  return {
    name: message.cameraName,
    cameraToWorld: message.cameraToWorld,
    projection:
      message.verticalFovDeg > 0
        ? { t: "perspective", verticalFovDeg: message.verticalFovDeg }
        : { t: "orthographic", heightM: message.orthographicHeight },
  };
}

function oneOf<Name extends string>(what: string, given: string, possible: readonly Name[]): Name {
  const found = possible.find((name) => name === given);
  if (found === undefined) throw impossible(what, given, possible);
  return found;
}

function impossible(what: string, given: string, possible: readonly string[]): ArrasError {
  return new ArrasError("usage", {
    message: `The image's ${what} cannot be ${JSON.stringify(given.slice(0, 80))}`,
    action: `Possible: ${possible.join(", ")}.`,
  });
}
