// A command line as complete settings, or all of its mistakes at once. Files are not touched here.
import { basename, extname } from "node:path";
import { type ArrasError, ArrasErrors } from "../proto/errors.ts";
import { maxSppFor } from "../proto/film-spec.ts";
import { limits } from "../proto/limits.ts";
import type { OutputName } from "../proto/outputs.ts";
import type { PixelRect } from "../proto/rect.ts";
import { splitCommandLine } from "./command-line.ts";
import type { OptionName } from "./option-table.ts";
import { type OutputFile, outputFile } from "./output-file.ts";
import { quoted, ValueReader } from "./value-readers.ts";

export interface RenderSettings {
  readonly scenePath: string;
  /** "" where none is given. */
  readonly environmentPath: string;
  readonly environmentRotationDeg: number;
  readonly camera: CameraSettings;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  /** Of the film; `samples` and `error` are made from it. */
  readonly aovs: readonly OutputName[];
  readonly extraAovs: readonly ("samples" | "error")[];
  readonly filter: { readonly kind: string; readonly radiusPx: number };
  readonly spp: number;
  readonly maxSpp: number;
  readonly targetError: number;
  readonly minSpp: number;
  readonly durationMs: number;
  readonly maxDepth: number;
  readonly seed: number;
  readonly frameNumber: number;
  readonly renderer: string;
  readonly rendererOptions: string;
  readonly mcrtCount: { readonly min: number; readonly max: number } | undefined;
  readonly numCores: number;
  readonly sessionName: string;
  readonly connectTimeoutMs: number;
  readonly outputs: readonly OutputFile[];
  readonly exr: {
    readonly parts: string;
    readonly compression: string;
    readonly pixelType: string;
    readonly tileSizePx: number;
  };
  readonly display: { readonly exposureStops: number; readonly tone: string; readonly quality: number };
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logLevel: number;
  readonly debugSample: { readonly x: number; readonly y: number; readonly sampleIndex: number } | undefined;
}

export interface CameraSettings {
  readonly name: string;
  readonly lookFrom: readonly number[];
  readonly lookAt: readonly number[];
  readonly up: readonly number[];
  readonly verticalFovDeg: number | undefined;
  readonly apertureRadius: number | undefined;
  readonly focusDistance: number | undefined;
}

export type Command =
  | { readonly t: "help" }
  | { readonly t: "version" }
  | { readonly t: "render"; readonly settings: RenderSettings };

const sceneExtensions: readonly string[] = [".gltf", ".glb", ".usd", ".usda", ".usdc", ".usdz", ".rdla", ".rdlb"];
const filmAovs = ["albedo", "normal", "depth", "position", "id"] as const;
const extraAovs = ["samples", "error"] as const;
/** Blackman-Harris is near zero at its ends: as wide as Cycles makes it for its width of 1.5. */
const filterRadiiPx = { "blackman-harris": 1.5, gaussian: 1.5, box: 0.5 } as const;

/** Throws ArrasErrors. */
export function readCommand(args: readonly string[]): Command {
  const { values, plain, mistakes } = splitCommandLine(args);
  if (values.has("help")) return { t: "help" };
  if (values.has("version")) return { t: "version" };
  const reader = new ValueReader();
  const files = readFiles(values, plain, reader);
  const settings = {
    ...files,
    ...readCameraAndLight(values, reader),
    ...readPicture(values, reader),
    ...readQuality(values, reader),
    ...readSession(values, reader),
    ...readReports(values, reader),
  };
  if (settings.outputs.length === 0 && !settings.json && settings.debugSample === undefined && mistakes.length === 0) {
    reader.mistake(
      "-o",
      "There is no file to write",
      "Give -o FILE (.exr, .png, .jpg or .webp), or --json for the hash alone.",
    );
  }
  const all: ArrasError[] = [...mistakes, ...reader.mistakes];
  if (all.length > 0) throw new ArrasErrors(all);
  return { t: "render", settings };
}

type Values = ReadonlyMap<OptionName, readonly string[]>;

/** Plain arguments go by their extension: Arras has one, the output. */
function readFiles(values: Values, plain: readonly string[], reader: ValueReader) {
  const scenes = [...(values.get("scene") ?? []), ...(values.get("rdl") ?? [])];
  const outputs = [...(values.get("exr") ?? [])];
  const environments = [...(values.get("env") ?? [])];
  for (const file of plain) {
    const extension = extname(file).toLowerCase();
    if (sceneExtensions.includes(extension)) scenes.push(file);
    else if (extension === ".hdr") environments.push(file);
    else outputs.push(file);
  }
  if (scenes.length !== 1 && values.get("renderer")?.[0] !== "fake") {
    const names = scenes.map((scene) => basename(scene)).join(", ");
    const message = scenes.length === 0 ? "There is no scene" : `There are ${scenes.length} scenes: ${names}`;
    reader.mistake("--scene", message, "Give one scene, .gltf or .glb.");
  }
  if (environments.length > 1) reader.mistake("--env", "There are several environments", "Give one.");
  if (outputs.length > limits.outputFilesMax) {
    reader.mistake(
      "-o",
      `${outputs.length} files are more than outputFilesMax = ${limits.outputFilesMax}`,
      "Write fewer.",
    );
  }
  const readOutputs = outputs.map((path) => outputFile(path, reader)).filter((file) => file !== undefined);
  const repeated = outputs.find((path, at) => outputs.indexOf(path) !== at);
  if (repeated !== undefined)
    reader.mistake("-o", `${quoted(repeated)} is to be written twice`, "Name each file once.");
  return { scenePath: scenes[0] ?? "", environmentPath: environments[0] ?? "", outputs: readOutputs };
}

function readCameraAndLight(values: Values, reader: ValueReader) {
  const text = (name: OptionName) => values.get(name)?.[0];
  const triple = (name: OptionName) => {
    const given = text(name);
    return (given === undefined ? undefined : reader.numbers(`--${name}`, given, 3)) ?? [];
  };
  const optional = (name: OptionName, range: { min: number; max: number; above?: boolean }) => {
    const given = text(name);
    return given === undefined ? undefined : reader.number(`--${name}`, given, range);
  };
  const lookFrom = triple("look-from");
  const lookAt = triple("look-at");
  if (text("camera") !== undefined && (values.has("look-from") || values.has("look-at"))) {
    reader.mistake(
      "--camera",
      "A camera is given by name and by where it stands",
      "Give --camera or --look-from, not both.",
    );
  }
  if (values.has("look-at") && !values.has("look-from")) {
    reader.mistake("--look-at", "--look-at needs --look-from", "Give both.");
  }
  if (lookFrom.length === 3 && lookFrom.every((value, axis) => value === lookAt[axis])) {
    reader.mistake("--look-at", "The camera stands where it looks at", "Give two different points.");
  }
  const camera: CameraSettings = {
    name: text("camera") ?? "",
    lookFrom,
    lookAt,
    up: triple("up"),
    verticalFovDeg: optional("fov", { min: 0, max: 179, above: true }),
    apertureRadius: optional("aperture", { min: 0, max: 1e6 }),
    focusDistance: optional("focus", { min: 0, max: 1e9, above: true }),
  };
  return { camera, environmentRotationDeg: optional("env-rotate", { min: -36_000, max: 36_000 }) ?? 0 };
}

function readPicture(values: Values, reader: ValueReader) {
  const size = readSize(values.get("size")?.[0] ?? "1280x720", reader);
  const cropText = values.get("crop")?.[0];
  const crop = cropText === undefined ? undefined : readCrop(cropText, size, reader);
  const names = (values.get("aov") ?? []).flatMap((list) => list.split(",")).filter((name) => name !== "");
  const known = names.map((name) => reader.oneOf("--aov", name, ["beauty", "alpha", ...filmAovs, ...extraAovs]));
  const filterText = (values.get("filter")?.[0] ?? "blackman-harris").split(",");
  const kind = reader.oneOf("--filter", filterText[0] ?? "", ["blackman-harris", "gaussian", "box"]) ?? "box";
  const radius = filterText[1];
  const radiusPx =
    radius === undefined ? filterRadiiPx[kind] : reader.number("--filter", radius, { min: 0, max: 8, above: true });
  const tileText = values.get("tile-size")?.[0] ?? "64";
  return {
    ...size,
    cropWindow: crop ?? { x0: 0, y0: 0, x1: size.widthPx, y1: size.heightPx },
    tileSizePx: reader.integer("--tile-size", tileText, { min: limits.tileSizePxMin, max: limits.tileSizePxMax }) ?? 64,
    aovs: filmAovs.filter((name) => known.includes(name)),
    extraAovs: extraAovs.filter((name) => known.includes(name)),
    filter: { kind, radiusPx: radiusPx ?? 1 },
  };
}

function readSize(text: string, reader: ValueReader): { widthPx: number; heightPx: number } {
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined) {
    reader.mistake("--size", `--size ${quoted(text)} is not a size`, "Give for example 1280x720.");
    return { widthPx: 1, heightPx: 1 };
  }
  const widthPx = Number(width);
  const heightPx = Number(height);
  const { filmSidePxMax, filmAreaPxMax } = limits;
  if (widthPx < 1 || heightPx < 1 || widthPx > filmSidePxMax || heightPx > filmSidePxMax) {
    reader.mistake(
      "--size",
      `--size ${text} is out of range`,
      `Each side is 1 to filmSidePxMax = ${filmSidePxMax} pixels.`,
    );
  } else if (widthPx * heightPx > filmAreaPxMax) {
    reader.mistake(
      "--size",
      `--size ${text} has ${widthPx * heightPx} pixels`,
      `At most filmAreaPxMax = ${filmAreaPxMax}; render in crops.`,
    );
  }
  return { widthPx, heightPx };
}

function readCrop(
  text: string,
  size: { widthPx: number; heightPx: number },
  reader: ValueReader,
): PixelRect | undefined {
  const values = reader.numbers("--crop", text, 4);
  if (values === undefined) return undefined;
  const [x0, y0, x1, y1] = values as [number, number, number, number];
  const inside = x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= size.widthPx && y1 <= size.heightPx;
  if (inside && values.every(Number.isInteger)) return { x0, y0, x1, y1 };
  const action = `Give whole pixels x0,y0,x1,y1 with x0 < x1 and y0 < y1 inside 0,0,${size.widthPx},${size.heightPx}.`;
  return reader.mistake("--crop", `--crop ${quoted(text)} is no part of the image`, action);
}

function readQuality(values: Values, reader: ValueReader) {
  const text = (name: OptionName) => values.get(name)?.[0];
  const spp = reader.integer("--spp", text("spp") ?? "64", { min: 1, max: limits.sppMax }) ?? 1;
  const seconds = text("seconds");
  const targetError = text("target-error");
  const durationS =
    seconds === undefined ? 0 : reader.number("--seconds", seconds, { min: 0, max: 31_536_000, above: true });
  return {
    spp,
    maxSpp: maxSppFor(spp),
    targetError:
      (targetError === undefined
        ? 0
        : reader.number("--target-error", targetError, { min: 0, max: 1e6, above: true })) ?? 0,
    minSpp: reader.integer("--min-spp", text("min-spp") ?? "16", { min: 2, max: limits.sppMax }) ?? 16,
    durationMs: Math.ceil((durationS ?? 0) * 1000),
    maxDepth: reader.integer("--max-depth", text("max-depth") ?? "12", { min: 1, max: limits.pathDepthMax }) ?? 12,
    seed: reader.integer("--seed", text("seed") ?? "0", { min: 0, max: 2 ** 32 - 1 }) ?? 0,
    frameNumber: reader.integer("--frame", text("frame") ?? "0", { min: -(2 ** 31), max: 2 ** 31 - 1 }) ?? 0,
  };
}

function readSession(values: Values, reader: ValueReader) {
  const text = (name: OptionName) => values.get(name)?.[0];
  const mcrtCount = text("num-mcrt") === undefined ? undefined : readMcrtCount(text("num-mcrt") ?? "", reader);
  const cores = text("num-cores");
  const timeoutS =
    reader.number("--con-timeout", text("con-timeout") ?? "30", { min: 0, max: 3600, above: true }) ?? 30;
  const renderer = reader.oneOf("--renderer", text("renderer") ?? "embree", ["embree", "fake"]) ?? "embree";
  const rendererOptions = text("renderer-options") ?? "";
  if (rendererOptions !== "" && renderer !== "fake") {
    reader.mistake(
      "--renderer-options",
      "Only the fake renderer has options",
      "Leave them out, or give --renderer fake.",
    );
  }
  return {
    mcrtCount,
    numCores:
      (cores === undefined ? 0 : reader.number("--num-cores", cores, { min: 0, max: limits.coresMax, above: true })) ??
      0,
    sessionName: text("session") ?? ((mcrtCount?.max ?? 1) > 1 ? "mcrt_progressive_n" : "mcrt_progressive"),
    connectTimeoutMs: timeoutS * 1000,
    renderer,
    rendererOptions,
  };
}

/** `N` or `N-M`, in either order as in Arras. */
function readMcrtCount(text: string, reader: ValueReader): { min: number; max: number } | undefined {
  const [, first, second] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const counts = [Number(first), Number(second ?? first)];
  if (counts.every((count) => count >= 1 && count <= limits.mcrtCountMax)) {
    return { min: Math.min(...counts), max: Math.max(...counts) };
  }
  const action = `Give N or N-M, each 1 to mcrtCountMax = ${limits.mcrtCountMax}.`;
  return reader.mistake("--num-mcrt", `--num-mcrt ${quoted(text)} is no number of computations`, action);
}

function readReports(values: Values, reader: ValueReader) {
  const text = (name: OptionName, fallback: string) => values.get(name)?.[0] ?? fallback;
  const debug = values.get("debug-sample")?.[0];
  const sample = debug === undefined ? undefined : reader.numbers("--debug-sample", debug, 3);
  if (sample?.some((value) => !Number.isInteger(value) || value < 0)) {
    reader.mistake("--debug-sample", `${quoted(debug ?? "")} is no sample`, "Give whole numbers X,Y,I.");
  }
  const [x = 0, y = 0, sampleIndex = 0] = sample ?? [];
  return {
    exr: {
      parts: reader.oneOf("--exr-parts", text("exr-parts", "multi"), ["multi", "layers"]) ?? "multi",
      compression:
        reader.oneOf("--exr-compression", text("exr-compression", "zip"), [
          "none",
          "rle",
          "zips",
          "zip",
          "piz",
          "dwaa",
        ]) ?? "zip",
      pixelType: reader.oneOf("--exr-type", text("exr-type", "half"), ["half", "float"]) ?? "half",
      tileSizePx: reader.integer("--exr-tile", text("exr-tile", "0"), { min: 0, max: 4096 }) ?? 0,
    },
    display: {
      exposureStops: reader.number("--exposure", text("exposure", "0"), { min: -30, max: 30 }) ?? 0,
      tone: reader.oneOf("--tone", text("tone", "srgb"), ["srgb", "filmic"]) ?? "srgb",
      quality: reader.integer("--quality", text("quality", "90"), { min: 1, max: 100 }) ?? 90,
    },
    json: values.has("json"),
    quiet: values.has("quiet"),
    logLevel: reader.integer("--log-level", text("log-level", "2"), { min: 0, max: 5 }) ?? 2,
    debugSample: sample === undefined ? undefined : { x, y, sampleIndex },
  };
}
