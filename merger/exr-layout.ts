// Which parts and channels an OpenEXR file of a film has. Pure: host/exr/write-exr.ts writes what this returns.
import type { ExrChannel, ExrPart } from "../host/exr/exr-part.ts";
import { type OutputName, outputOrder } from "../proto/outputs.ts";
import { pixelErrors } from "./error-estimate.ts";
import { type FilmMetadata, headerAttributes, objectNamesAttribute } from "./film-metadata.ts";
import type { FilmPlanes } from "./film-planes.ts";
import { type ResolvedImage, resolve, resolveCounts } from "./resolve.ts";

/** What a file may hold beside the beauty: the film's outputs, and two that are derived from it. */
export type ImageOutput = OutputName | "samples" | "error";

/** All of them, in the order of the file's parts. */
export const imageOutputs: readonly ImageOutput[] = [...outputOrder, "samples", "error"];

export interface ExrLayoutOptions {
  /** In any order; beauty and alpha are always there. Absent or empty: all of the film's but luminance2. */
  readonly outputs?: readonly ImageOutput[];
  /** multi: a part for each output. layers: one part with channels such as `albedo.R`. */
  readonly parts: "multi" | "layers";
  /** Of beauty, alpha, albedo and normal; distances, ids and counts are float always. */
  readonly colorType: "half" | "float";
  /** Those that lose nothing, and DWA, which is lossy for R, G and B only (not even alpha). */
  readonly compression: "none" | "rle" | "zips" | "zip" | "piz" | "dwaa" | "dwab";
  /** 0: scan lines. */
  readonly tileSizePx: number;
}

interface Layer {
  readonly name: string;
  readonly channels: readonly ExrChannel[];
}

/**
 * Parts or layers are named as the outputs: `beauty` (R, G, B, A), `albedo` (R, G, B), `normal` and `position`
 * (x, y, z), `depth` (Z), `id` (id), `samples` (count), `error` (error: see error-estimate.ts). In a layered file
 * beauty has no prefix and depth is `Z`, which are the names that OpenEXR reserves for them.
 *
 * Data window: the crop window. Display window: the full image. Throws RangeError for an output that the film lacks.
 */
export function exrLayout(film: FilmPlanes, metadata: FilmMetadata, options: ExrLayoutOptions): ExrPart[] {
  const outputs = wantedOutputs(film, options.outputs ?? []);
  const image = resolve(film, outputs.filter(isFilmOutput));
  const layers = outputs
    .filter((output) => output !== "alpha")
    .map((output): Layer => ({ name: output, channels: layerChannels(film, image, output, options.colorType) }));
  const part = (name: string, channels: readonly ExrChannel[], hasIds: boolean): ExrPart => ({
    name,
    dataWindow: film.spec.cropWindow,
    displayWindow: { x0: 0, y0: 0, x1: film.spec.widthPx, y1: film.spec.heightPx },
    storage: options.tileSizePx > 0 ? { t: "tiled", tileSizePx: options.tileSizePx } : { t: "scanline" },
    compression: options.compression,
    channels,
    attributes: [
      ...headerAttributes(metadata, film),
      ...(hasIds && metadata.objectNames !== undefined ? [objectNamesAttribute(metadata.objectNames)] : []),
    ],
  });
  if (options.parts === "multi") return layers.map(({ name, channels }) => part(name, channels, name === "id"));
  return [part("", layers.flatMap(layeredChannels), outputs.includes("id"))];
}

function wantedOutputs(film: FilmPlanes, asked: readonly ImageOutput[]): ImageOutput[] {
  const wanted = asked.length > 0 ? asked : film.spec.outputs.filter((output) => output !== "luminance2");
  const missing = wanted.find((output) => isFilmOutput(output) && !film.spec.outputs.includes(output));
  if (missing !== undefined) throw new RangeError(`the film has no output ${missing}`);
  return imageOutputs.filter((output) => output === "beauty" || output === "alpha" || wanted.includes(output));
}

function isFilmOutput(output: ImageOutput): output is OutputName {
  return output !== "samples" && output !== "error";
}

/**
 * DWA takes any channel whose last part is `Y` for luminance and loses some of it (OpenEXR, ImfDwaCompressor.cpp,
 * sChannelRules; measured: normal.Y and position.Y off by up to 0.013). It minds the case, and x, y, z is what Houdini
 * writes, so readers know it. `Z` is reserved for depth and is kept whole.
 */
const lowerCaseOutputs: readonly ImageOutput[] = ["normal", "position", "luminance2"];

const colorOutputs: readonly ImageOutput[] = ["beauty", "alpha", "albedo", "normal"];

function layerChannels(
  film: FilmPlanes,
  image: ResolvedImage,
  output: ImageOutput,
  colorType: "half" | "float",
): ExrChannel[] {
  if (output === "samples") return [{ name: "count", type: "float", values: resolveCounts(film) }];
  if (output === "error") return [{ name: "error", type: "float", values: pixelErrors(film) }];
  const members = output === "beauty" ? ["beauty", "alpha"] : [output];
  const type = colorOutputs.includes(output) ? colorType : "float";
  return image.channels
    .filter((channel) => members.includes(channel.output))
    .map(({ channel, values }) => ({
      name: lowerCaseOutputs.includes(output) ? channel.toLowerCase() : channel,
      type,
      values,
    }));
}

function layeredChannels({ name, channels }: Layer): ExrChannel[] {
  const isReserved = name === "beauty" || name === "depth";
  return channels.map((channel) => (isReserved ? channel : { ...channel, name: `${name}.${channel.name}` }));
}
