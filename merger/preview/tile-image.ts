// One output of one tile as numbers to look at: from the film where it has samples, else from the coarse preview.
import { limits } from "../../proto/limits.ts";
import { type OutputName, outputOrder } from "../../proto/outputs.ts";
import { areaPx, heightPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { tileRect } from "../../proto/tiling.ts";
import { coarseGrid } from "../coarse-preview.ts";
import { pixelErrors } from "../error-estimate.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import { resolve, resolveCounts } from "../resolve.ts";

export type FilmOutput = OutputName | "samples" | "error";
/** `denoised`: made of the film now and then, see ../denoise/. */
export type PreviewOutput = FilmOutput | "denoised";

export interface TileImage {
  readonly rect: PixelRect;
  /** 1, or that of the coarse units: then planes hold the pixels of `rect` whose x and y are multiples of it. */
  readonly stridePx: number;
  readonly widthValues: number;
  readonly heightValues: number;
  /** Colour and alpha, colour, or one value. */
  readonly planes: readonly Float32Array[];
  /** Of the tile's pixels; 0: coarse. */
  readonly sppMean: number;
}

export function isPreviewOutput(name: string): name is PreviewOutput {
  return ["samples", "error", "denoised", ...outputOrder].includes(name);
}

/** undefined: there is nothing of it yet. `output`: one that the film has, or a map of its samples. */
export function tileImage(state: FilmEpoch, tileIndex: number, output: FilmOutput): TileImage | undefined {
  const rect = tileRect(state.tiling, tileIndex);
  // By the ledger: looking at each pixel's count would take long for all the tiles of a film's beginning.
  if (isUntouched(state, tileIndex)) return output === "beauty" ? coarseImage(state, rect) : undefined;
  const counts = resolveCounts(state.film, rect);
  let sampleCount = 0;
  for (let at = 0; at < counts.length; at++) sampleCount += counts[at];
  const planes = filmPlanes(state, rect, output, counts);
  const sppMean = sampleCount / areaPx(rect);
  return { rect, stridePx: 1, widthValues: widthPx(rect), heightValues: heightPx(rect), planes, sppMean };
}

/** undefined where there is nothing coarse: the coarse preview is of the beauty alone. */
export function coarseTileImage(state: FilmEpoch, tileIndex: number, output: PreviewOutput): TileImage | undefined {
  return output === "beauty" ? coarseImage(state, tileRect(state.tiling, tileIndex)) : undefined;
}

function isUntouched({ ledger }: FilmEpoch, tileIndex: number): boolean {
  return ledger.regions(tileIndex).every(({ ranges }) => ranges.length === 0);
}

function filmPlanes(state: FilmEpoch, rect: PixelRect, output: FilmOutput, counts: Float32Array): Float32Array[] {
  if (output === "samples") return [counts];
  if (output === "error") return [pixelErrors(state.film, rect)];
  const outputs: readonly OutputName[] = output === "beauty" ? ["beauty", "alpha"] : [output];
  return resolve(state.film, outputs, rect).channels.map(({ values }) => values);
}

/** undefined where a point is missing: a tile's coarse unit comes as a whole. */
function coarseImage({ coarse }: FilmEpoch, rect: PixelRect): TileImage | undefined {
  const stridePx = limits.coarseStridePx;
  const part = coarseGrid(rect, stridePx);
  const [widthValues, heightValues] = [part.x1 - part.x0, part.y1 - part.y0];
  const planes = [0, 1, 2, 3].map(() => new Float32Array(widthValues * heightValues));
  const gridWidth = coarse.grid.x1 - coarse.grid.x0;
  for (let y = 0; y < heightValues; y++) {
    const from = (part.y0 + y - coarse.grid.y0) * gridWidth + part.x0 - coarse.grid.x0;
    for (let x = 0; x < widthValues; x++) {
      if (coarse.present[from + x] === 0) return undefined;
      for (const [channel, plane] of planes.entries()) {
        plane[y * widthValues + x] = coarse.rgba[4 * (from + x) + channel];
      }
    }
  }
  return widthValues * heightValues === 0
    ? undefined
    : { rect, stridePx, widthValues, heightValues, planes, sppMean: 0 };
}
