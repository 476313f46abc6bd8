// What an image's header says beside its pixels: who rendered it, from where, with how many samples. Everything but
// `session` and `secondsPerSample` is the same for two renders of the same scene and settings; there is no date.
import type { ExrAttribute } from "../host/exr/exr-part.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import { type CameraMetadata, worldToCamera, worldToNdc } from "./camera-matrices.ts";
import { filmAddon } from "./film-addon.ts";
import type { FilmPlanes } from "./film-planes.ts";

/** What is known is written; absent fields leave no trace. */
export interface FilmMetadata {
  /** Name and version of this program: "arras-render 0.1.0". */
  readonly software: string;
  /** Name and version: "embree 0.1.0". */
  readonly renderer?: string;
  /** What the bits may depend on. */
  readonly instructionSet?: string;
  readonly session?: string;
  readonly sceneName?: string;
  readonly filmSha256?: string;
  /** Seconds of one thread for one sample of one pixel. */
  readonly secondsPerSample?: number;
  readonly camera?: CameraMetadata;
  /** Object id − 1 → name. */
  readonly objectNames?: readonly string[];
}

export interface SampleStatistics {
  readonly sppMin: number;
  readonly sppMax: number;
  readonly sppMean: number;
  /** Sum over pixels. */
  readonly sampleCount: number;
}

export function sampleStatistics(counts: Uint32Array): SampleStatistics {
  if (counts.length === 0) return { sppMin: 0, sppMax: 0, sppMean: 0, sampleCount: 0 };
  const result = new Float64Array(3);
  filmAddon().leastMostAndSum(counts, result);
  const [sppMin = 0, sppMax = 0, sampleCount = 0] = result;
  return { sppMin, sppMax, sppMean: sampleCount / counts.length, sampleCount };
}

/** Rec. 709 primaries and D65, as (x, y) of red, green, blue, white. */
const rec709Chromaticities = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329] as const;

/**
 * Header attributes of every part. Names without a prefix are OpenEXR's own (ImfStandardAttributes.h) or those that
 * OpenImageIO knows; ours begin with `arras/`, as Nuke shows them grouped.
 */
export function headerAttributes(metadata: FilmMetadata, film: FilmPlanes): ExrAttribute[] {
  const statistics = sampleStatistics(film.counts);
  return [
    { name: "chromaticities", t: "chromaticities", value: rec709Chromaticities },
    { name: "Software", t: "string", value: metadata.software },
    { name: "comments", t: "string", value: comment(metadata, statistics) },
    ...text("arras/renderer", metadata.renderer),
    ...text("arras/instructionSet", metadata.instructionSet),
    ...text("arras/session", metadata.session),
    ...text("arras/scene", metadata.sceneName),
    ...text("arras/filmSha256", metadata.filmSha256),
    { name: "arras/sppMin", t: "int", value: statistics.sppMin },
    { name: "arras/sppMax", t: "int", value: statistics.sppMax },
    { name: "arras/sppMean", t: "float", value: statistics.sppMean },
    ...(metadata.secondsPerSample === undefined
      ? []
      : [{ name: "arras/secondsPerSample", t: "float" as const, value: metadata.secondsPerSample }]),
    ...(metadata.camera === undefined ? [] : cameraAttributes(metadata.camera, film.spec)),
  ];
}

/** `{"1":"Helmet","2":"Base"}`: what the values of the `id` output mean. Goes where that output goes. */
export function objectNamesAttribute(names: readonly string[]): ExrAttribute {
  const table = Object.fromEntries(names.map((name, index) => [String(index + 1), name]));
  return { name: "arras/objectNames", t: "string", value: JSON.stringify(table) };
}

function cameraAttributes(camera: CameraMetadata, spec: FilmSpec): ExrAttribute[] {
  const aspect = spec.widthPx / spec.heightPx;
  const { projection } = camera;
  return [
    ...text("arras/camera", camera.name),
    projection.t === "perspective"
      ? { name: "arras/verticalFovDeg", t: "float", value: projection.verticalFovDeg }
      : { name: "arras/orthographicHeightM", t: "float", value: projection.heightM },
    { name: "worldToCamera", t: "m44f", value: worldToCamera(camera.cameraToWorld) },
    { name: "worldToNDC", t: "m44f", value: worldToNdc(camera.cameraToWorld, projection, aspect) },
  ];
}

function comment(metadata: FilmMetadata, { sppMin, sppMax, sppMean }: SampleStatistics): string {
  const spp = sppMin === sppMax ? `${sppMin}` : `${sppMin} to ${sppMax}, mean ${sppMean.toFixed(1)}`;
  const scene = metadata.sceneName === undefined ? "" : `${metadata.sceneName}, `;
  return `${scene}${spp} samples per pixel`;
}

/** An empty text says nothing, and some readers stumble over it. */
function text(name: string, value: string | undefined): ExrAttribute[] {
  return value === undefined || value === "" ? [] : [{ name, t: "string", value }];
}
