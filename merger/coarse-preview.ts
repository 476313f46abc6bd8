// What coarse units brought: sample 0 of every eighth pixel. Shown until the film has samples there, and never part of
// the film, its hash or its ledger.
import { type FilmSpec, filmChannels, quantumsPerUnit } from "../proto/film-spec.ts";
import { limits } from "../proto/limits.ts";
import type { PixelRect } from "../proto/rect.ts";
import type { WirePlane } from "../proto/wire-plane.ts";
import { ContributionReader } from "./contribution-reader.ts";
import { valueAt } from "./merge-planes.ts";

/** Columns x0 … x1−1 and rows y0 … y1−1 of the grid whose point (i, j) is the pixel (i · stride, j · stride). */
export function coarseGrid(rect: PixelRect, stridePx: number): PixelRect {
  return {
    x0: Math.ceil(rect.x0 / stridePx),
    y0: Math.ceil(rect.y0 / stridePx),
    x1: Math.ceil(rect.x1 / stridePx),
    y1: Math.ceil(rect.y1 / stridePx),
  };
}

export class CoarsePreview {
  /** Grid points over the crop window; row by row in `rgba` and `present`. At most a 64th of a frame. */
  readonly grid: PixelRect;
  /** Four values a grid point: beauty and alpha of sample 0. */
  readonly rgba: Float32Array;
  /** 1 where a coarse unit came. */
  readonly present: Uint8Array;
  readonly #reader: ContributionReader;
  readonly #rgbaPlanes: readonly number[];
  #missingCount: number;

  constructor(spec: FilmSpec) {
    this.grid = coarseGrid(spec.cropWindow, limits.coarseStridePx);
    const pointCount = (this.grid.x1 - this.grid.x0) * (this.grid.y1 - this.grid.y0);
    this.rgba = new Float32Array(4 * pointCount);
    this.present = new Uint8Array(pointCount);
    this.#missingCount = pointCount;
    this.#reader = new ContributionReader(spec);
    this.#rgbaPlanes = filmChannels(spec).flatMap(({ output }, index) =>
      output === "beauty" || output === "alpha" ? [index] : [],
    );
  }

  /** All of it came. */
  get isWhole(): boolean {
    return this.#missingCount === 0;
  }

  /** A tile's coarse unit comes as a whole: its first point tells. False where a tile has none. */
  has(tile: PixelRect): boolean {
    const part = coarseGrid(tile, limits.coarseStridePx);
    if (part.x0 >= part.x1 || part.y0 >= part.y1) return false;
    return this.present[(part.y0 - this.grid.y0) * (this.grid.x1 - this.grid.x0) + part.x0 - this.grid.x0] === 1;
  }

  /** `rect` is inside the crop window; planes hold its grid points. Throws `message-malformed` and changes nothing. */
  add(rect: PixelRect, planes: readonly WirePlane[]): void {
    const part = coarseGrid(rect, limits.coarseStridePx);
    const widthPoints = part.x1 - part.x0;
    const values = this.#reader.read(planes, widthPoints * (part.y1 - part.y0), 1);
    const stridePoints = this.grid.x1 - this.grid.x0;
    const first = (part.y0 - this.grid.y0) * stridePoints + part.x0 - this.grid.x0;
    for (let y = 0, from = 0; y < part.y1 - part.y0; y++) {
      let to = first + y * stridePoints;
      for (let x = 0; x < widthPoints; x++, from++, to++) {
        this.#missingCount -= 1 - this.present[to];
        this.present[to] = 1;
        for (let channel = 0; channel < this.#rgbaPlanes.length; channel++)
          this.rgba[4 * to + channel] = valueAt(values[this.#rgbaPlanes[channel]], from) / quantumsPerUnit;
      }
    }
  }
}
