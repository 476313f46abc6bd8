// Reads OpenEXR files: every part as it is, or the colour channels of the first part for an environment map.
import { limits } from "../../proto/limits.ts";
import { heightPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { defaultThreadCount, exrAddon, type NativeBox, type NativeHeader } from "./exr-addon.ts";
import type { ExrChannel, ExrCompression, ExrStorage } from "./exr-part.ts";

/** The file is missing, broken, or of a kind that is not read; callers turn it into the code that fits their input. */
export class ExrReadError extends Error {
  override readonly name = "ExrReadError";
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.path = path;
  }
}

export interface ExrHeader {
  readonly name: string;
  readonly dataWindow: PixelRect;
  readonly displayWindow: PixelRect;
  readonly pixelAspectRatio: number;
  readonly storage: ExrStorage;
  readonly compression: ExrCompression | "unknown";
  /** Deep parts have no pixels that this reader can give. */
  readonly deep: boolean;
  readonly channels: readonly {
    readonly name: string;
    readonly type: ExrChannel["type"];
    readonly subsampled: boolean;
  }[];
  /** By name. `t` is OpenEXR's type name; `value` is undefined for types that have no form here. */
  readonly attributes: ReadonlyMap<string, { readonly t: string; readonly value: unknown }>;
}

export interface ExrReadPart {
  readonly header: ExrHeader;
  /** Dense planes over the data window, rows top to bottom, in the file's order of channels (alphabetical). */
  readonly channels: readonly { readonly name: string; readonly values: Float32Array | Uint32Array }[];
}

export interface ReadExrOptions {
  /** A data window with a longer side is refused before anything is allocated; limits.filmSidePxMax when absent. */
  readonly sidePxMax?: number;
  readonly threadCount?: number;
}

export interface ExrImage {
  readonly widthPx: number;
  readonly heightPx: number;
  /** R, G, B and, where the file has it, A. A luminance-only file gives Y as R, G and B (one shared array). */
  readonly channels: readonly { readonly name: string; readonly values: Float32Array }[];
}

/** All parts' headers, no pixels. Rejects with ExrReadError. */
export async function readExrHeaders(path: string): Promise<ExrHeader[]> {
  return (await nativeHeaders(path)).map(publicHeader);
}

/** All parts with all channels; half is widened, uint stays uint. Rejects with ExrReadError. */
export async function readExrParts(path: string, options: ReadExrOptions = {}): Promise<ExrReadPart[]> {
  const natives = await nativeHeaders(path);
  const parts: ExrReadPart[] = [];
  for (const [partIndex, native] of natives.entries()) {
    const names = native.channels.map((channel) => channel.name);
    parts.push(await readPart(path, partIndex, native, names, options));
  }
  return parts;
}

/** The first part's colour, over its data window. Rejects with ExrReadError. */
export async function readExr(path: string, options: ReadExrOptions = {}): Promise<ExrImage> {
  const native = (await nativeHeaders(path))[0]!;
  const present = new Set(native.channels.map((channel) => channel.name));
  const isColor = ["R", "G", "B"].every((name) => present.has(name));
  if (!isColor && !present.has("Y")) {
    throw new ExrReadError(path, `neither R, G, B nor Y among its channels: ${[...present].join(", ")}`);
  }
  const names = (isColor ? ["R", "G", "B", "A"] : ["Y", "A"]).filter((name) => present.has(name));
  const part = await readPart(path, 0, native, names, options);
  const plane = (name: string) => {
    const values = part.channels.find((channel) => channel.name === name)!.values;
    return values instanceof Float32Array ? values : Float32Array.from(values);
  };
  const gray = isColor ? undefined : plane("Y");
  return {
    widthPx: widthPx(part.header.dataWindow),
    heightPx: heightPx(part.header.dataWindow),
    channels: [
      ...["R", "G", "B"].map((name) => ({ name, values: gray ?? plane(name) })),
      ...(present.has("A") ? [{ name: "A", values: plane("A") }] : []),
    ],
  };
}

async function nativeHeaders(path: string): Promise<NativeHeader[]> {
  const addon = exrAddon();
  try {
    return await addon.readHeaders(path);
  } catch (thrown) {
    throw readError(path, thrown);
  }
}

async function readPart(
  path: string,
  partIndex: number,
  native: NativeHeader,
  names: readonly string[],
  options: ReadExrOptions,
): Promise<ExrReadPart> {
  const header = publicHeader(native);
  const size = { widthPx: widthPx(header.dataWindow), heightPx: heightPx(header.dataWindow) };
  const sidePxMax = options.sidePxMax ?? limits.filmSidePxMax;
  if (header.deep) throw new ExrReadError(path, "deep images are not read");
  if (Math.max(size.widthPx, size.heightPx) > sidePxMax) {
    throw new ExrReadError(path, `${size.widthPx}×${size.heightPx} pixels, the longest side may have ${sidePxMax}`);
  }
  const wanted = header.channels.filter((channel) => names.includes(channel.name));
  const subsampled = wanted.find((channel) => channel.subsampled);
  if (subsampled !== undefined) throw new ExrReadError(path, `channel ${subsampled.name} is subsampled`);
  const pixelCount = size.widthPx * size.heightPx;
  try {
    const planes = wanted.map(({ name, type }) =>
      type === "uint"
        ? { name, type, values: new Uint32Array(pixelCount) }
        : { name, type: "float" as const, values: new Float32Array(pixelCount) },
    );
    await exrAddon().readPlanes(
      path,
      partIndex,
      native.dataWindow,
      planes,
      options.threadCount ?? defaultThreadCount(),
    );
    return { header, channels: planes.map(({ name, values }) => ({ name, values })) };
  } catch (thrown) {
    throw readError(path, thrown);
  }
}

function publicHeader(native: NativeHeader): ExrHeader {
  return {
    name: native.name,
    dataWindow: fromInclusiveBox(native.dataWindow),
    displayWindow: fromInclusiveBox(native.displayWindow),
    pixelAspectRatio: native.pixelAspectRatio,
    storage: native.tileSizePx > 0 ? { t: "tiled", tileSizePx: native.tileSizePx } : { t: "scanline" },
    compression: native.compression,
    deep: native.deep,
    channels: native.channels.map(({ name, type, xSampling, ySampling }) => ({
      name,
      type,
      subsampled: xSampling !== 1 || ySampling !== 1,
    })),
    attributes: new Map(native.attributes.map(({ name, t, value }) => [name, { t, value }])),
  };
}

function fromInclusiveBox([xMin, yMin, xMax, yMax]: NativeBox): PixelRect {
  return { x0: xMin, y0: yMin, x1: xMax + 1, y1: yMax + 1 };
}

function readError(path: string, thrown: unknown): ExrReadError {
  return new ExrReadError(path, thrown instanceof Error ? thrown.message : String(thrown), thrown);
}
