// What the film is: size, crop, outputs, filter.
import { limits } from "../../proto/limits.ts";
import type { OutputName } from "../../proto/outputs.ts";
import type { PixelRect } from "../../proto/rect.ts";
import type { OptionValues } from "../option-table.ts";
import { quoted, type ValueReader } from "../value-readers.ts";

export interface PictureSettings {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  /** Of the EXR; `samples` and `error` are made from the film. */
  readonly aovs: readonly OutputName[];
  /** What the film has of them: a denoiser needs albedo and normal. */
  readonly renderedAovs: readonly OutputName[];
  readonly extraAovs: readonly ("samples" | "error")[];
  readonly filter: { readonly kind: string; readonly radiusPx: number };
}

const filmAovs = ["albedo", "normal", "depth", "position", "id"] as const;
const extraAovs = ["samples", "error"] as const;
const denoiserAovs: readonly string[] = ["albedo", "normal"];
/** Blackman-Harris is near zero at its ends: as wide as Cycles makes it for its width of 1.5. */
const filterRadiiPx = { "blackman-harris": 1.5, gaussian: 1.5, box: 0.5 } as const;

export function readPicture(values: OptionValues, reader: ValueReader): PictureSettings {
  const size = readSize(values.get("size")?.[0] ?? "1280x720", reader);
  const cropText = values.get("crop")?.[0];
  const crop = cropText === undefined ? undefined : readCrop(cropText, size, reader);
  const names = (values.get("aov") ?? []).flatMap((list) => list.split(",")).filter((name) => name !== "");
  const known = names.map((name) => reader.oneOf("--aov", name, ["beauty", "alpha", ...filmAovs, ...extraAovs]));
  const isDenoised = values.has("denoise");
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
    renderedAovs: filmAovs.filter((name) => known.includes(name) || (isDenoised && denoiserAovs.includes(name))),
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
