// One output of one tile as numbers to look at: from the film where it has samples, else from the coarse preview.
import { limits } from "../../proto/limits.ts";
import { type OutputName, outputOrder } from "../../proto/outputs.ts";
import { areaPx, heightPx, isEmpty, type PixelRect, widthPx } from "../../proto/rect.ts";
import { tileRect, wholeTiles } from "../../proto/tiling.ts";
import { coarseGrid } from "../coarse-preview.ts";
import { pixelErrors } from "../error-estimate.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import { means, type PlaneMeans, resolveCounts, unresolved } from "../resolve.ts";

export type FilmOutput = OutputName | "samples" | "error";
/** `denoised`: made of the film now and then, see ../denoise/. */
export type PreviewOutput = FilmOutput | "denoised";

export interface TileImage {
  readonly rect: PixelRect;
  /** 1, or that of the coarse units: then planes hold the pixels of `rect` whose x and y are multiples of it. */
  readonly stridePx: number;
  readonly widthValues: number;
  readonly heightValues: number;
  /** Colour and alpha, colour, or one value. Of the film as it is when they are reckoned: at once. */
  readonly planes: readonly (Float32Array | PlaneMeans)[];
  /** Of the tile's pixels; 0: coarse. */
  readonly sppMean: number;
}

export function isPreviewOutput(name: string): name is PreviewOutput {
  return ["samples", "error", "denoised", ...outputOrder].includes(name);
}

/** undefined: there is nothing of it yet. `output`: one that the film has, or a map of its samples. */
export function tileImage(state: FilmEpoch, tileIndex: number, output: FilmOutput): TileImage | undefined {
  const rect = tileRect(state.tiling, tileIndex);
  // By the ledger: looking at each pixel's count would take as long as all the rest.
  const sampleCount = sampleCountOf(state, tileIndex);
  if (sampleCount === 0) return output === "beauty" ? coarseImage(state, rect) : undefined;
  const planes = filmPlanes(state, rect, output);
  const sppMean = sampleCount / areaPx(rect);
  return { rect, stridePx: 1, widthValues: widthPx(rect), heightValues: heightPx(rect), planes, sppMean };
}

export function planeValues(plane: Float32Array | PlaneMeans): Float32Array {
  return plane instanceof Float32Array ? plane : means(plane);
}

/** `rect`: of whole tiles. undefined where some of it is not there: the coarse preview is of the beauty alone. */
export function coarseBlockImage(state: FilmEpoch, rect: PixelRect, output: PreviewOutput): TileImage | undefined {
  return output === "beauty" ? coarseImage(state, rect) : undefined;
}

/** Over all of its pixels. */
function sampleCountOf({ ledger }: FilmEpoch, tileIndex: number): number {
  let count = 0;
  for (const { rect, ranges } of ledger.regions(tileIndex))
    for (const { begin, end } of ranges) count += areaPx(rect) * (end - begin);
  return count;
}

function filmPlanes(state: FilmEpoch, rect: PixelRect, output: FilmOutput): readonly (Float32Array | PlaneMeans)[] {
  if (output === "samples") return [resolveCounts(state.film, rect)];
  if (output === "error") return [pixelErrors(state.film, rect)];
  const outputs: readonly OutputName[] = output === "beauty" ? ["beauty", "alpha"] : [output];
  return unresolved(state.film, outputs, rect).map(({ plane }) => plane);
}

/** undefined where a tile is missing. */
function coarseImage({ coarse, tiling }: FilmEpoch, rect: PixelRect): TileImage | undefined {
  const stridePx = limits.coarseStridePx;
  const part = coarseGrid(rect, stridePx);
  if (isEmpty(part)) return undefined;
  if (!wholeTiles(tiling, rect)?.every((tileIndex) => coarse.has(tileIndex))) return undefined;
  const planes = unresolved(coarse.film, undefined, part).map(({ plane }) => plane);
  return { rect, stridePx, widthValues: widthPx(part), heightValues: heightPx(part), planes, sppMean: 0 };
}
