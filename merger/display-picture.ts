// One output of a film as 8-bit pixels for looking at, scaled down where a smaller picture is wanted. Colours go
// through exposure and tone; data (normals, depth, ids …) are mapped so that an eye can tell them apart.

import { type ColorPlanes, type DisplayOptions, displayRgb } from "../proto/display-transform.ts";
import type { OutputName } from "../proto/outputs.ts";
import { heightPx, widthPx } from "../proto/rect.ts";
import { pixelErrors } from "./error-estimate.ts";
import type { FilmPlanes } from "./film-planes.ts";
import type { PictureOptions, Pixels } from "./picture.ts";
import { channelOf, type ResolvedImage, resolve, resolveCounts } from "./resolve.ts";
import { scaledDown } from "./scale-down.ts";

export const displayOutputs = [
  "beauty",
  "albedo",
  "normal",
  "alpha",
  "depth",
  "id",
  "samples",
  "error",
  "denoised",
] as const;
export type DisplayOutput = (typeof displayOutputs)[number];

export interface DisplayPictureOptions extends DisplayOptions, PictureOptions {
  readonly output: DisplayOutput;
  /** Of the longest edge; absent: the film's. */
  readonly maxSidePx?: number;
}

/** RGB over the crop window. `denoised`: red, green, blue. Throws RangeError for an output that is not there. */
export function displayPicture(
  film: FilmPlanes,
  options: DisplayPictureOptions,
  denoised?: readonly Float32Array[],
): Pixels {
  const planes = options.output === "denoised" ? denoisedColors(denoised) : colorPlanes(film, options.output);
  const size = { widthPx: widthPx(film.spec.cropWindow), heightPx: heightPx(film.spec.cropWindow) };
  const target = fitted(size, options.maxSidePx ?? Number.POSITIVE_INFINITY);
  const scale = (plane: Float32Array) => scaledDown(plane, size, target);
  const isColor = ["beauty", "albedo", "denoised"].includes(options.output);
  const bytes = displayRgb(
    { r: scale(planes.r), g: scale(planes.g), b: scale(planes.b) },
    isColor ? options : { exposureStops: 0, tone: "srgb" },
  );
  return { ...target, bytes };
}

function fitted(size: { widthPx: number; heightPx: number }, maxSidePx: number) {
  const scale = Math.min(1, maxSidePx / Math.max(size.widthPx, size.heightPx));
  return {
    widthPx: Math.max(1, Math.round(size.widthPx * scale)),
    heightPx: Math.max(1, Math.round(size.heightPx * scale)),
  };
}

function denoisedColors([r, g, b]: readonly Float32Array[] = []): ColorPlanes {
  if (r === undefined || g === undefined || b === undefined) throw new RangeError("nothing was denoised");
  return { r, g, b };
}

function colorPlanes(film: FilmPlanes, output: Exclude<DisplayOutput, "denoised">): ColorPlanes {
  switch (output) {
    case "beauty":
    case "albedo": {
      const image = imageOf(film, output);
      return { r: plane(image, output, "R"), g: plane(image, output, "G"), b: plane(image, output, "B") };
    }
    case "normal": {
      const image = imageOf(film, output);
      const half = (channel: string) => plane(image, output, channel).map((value) => value / 2 + 0.5);
      return { r: half("X"), g: half("Y"), b: half("Z") };
    }
    case "alpha":
      return grey(plane(imageOf(film, output), output, "A"));
    case "depth":
      return grey(nearIsWhite(plane(imageOf(film, output), output, "Z")));
    case "id":
      return idColors(plane(imageOf(film, output), output, "id"));
    case "samples":
      return grey(relativeToMost(resolveCounts(film)));
    case "error":
      return grey(pixelErrors(film));
  }
}

function imageOf(film: FilmPlanes, output: OutputName): ResolvedImage {
  if (!film.spec.outputs.includes(output)) throw new RangeError(`the film has no output ${output}`);
  return resolve(film, [output]);
}

function plane(image: ResolvedImage, output: OutputName, channel: string): Float32Array {
  return channelOf(image, output, channel) as Float32Array; // resolve gives every declared channel
}

function grey(values: Float32Array): ColorPlanes {
  return { r: values, g: values, b: values };
}

/** Nearest white, farthest a dark grey, nothing black. */
function nearIsWhite(depth: Float32Array): Float32Array {
  let near = Number.POSITIVE_INFINITY;
  let far = 0;
  for (const value of depth) {
    if (!Number.isFinite(value)) continue;
    near = Math.min(near, value);
    far = Math.max(far, value);
  }
  const range = Math.max(far - near, Number.MIN_VALUE);
  return depth.map((value) => (Number.isFinite(value) ? 1 - (0.95 * (value - near)) / range : 0));
}

function relativeToMost(counts: Float32Array): Float32Array {
  let most = 1;
  for (const count of counts) most = Math.max(most, count);
  return counts.map((count) => count / most);
}

/** A colour for each id that neighbours do not share: multiples of the golden ratio spread evenly. 0 is black. */
function idColors(ids: Float32Array): ColorPlanes {
  const spread = (factor: number) => ids.map((id) => (id === 0 ? 0 : 0.1 + 0.9 * ((id * factor) % 1)));
  return { r: spread(0.6180339887), g: spread(0.7548776662), b: spread(0.5698402909) };
}
