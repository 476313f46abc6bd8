// What coarse units brought: sample 0 of every eighth pixel. Shown until the film has samples there, and never part of
// the film, its hash or its ledger.
import { type FilmSpec, filmChannels } from "../proto/film-spec.ts";
import { limits } from "../proto/limits.ts";
import type { OutputName } from "../proto/outputs.ts";
import { areaPx, isEmpty, type PixelRect } from "../proto/rect.ts";
import { type Tiling, tileRect } from "../proto/tiling.ts";
import type { WirePlane } from "../proto/wire-plane.ts";
import { ContributionReader } from "./contribution-reader.ts";
import type { FilmPlanes } from "./film-planes.ts";
import { addCounts, addSums, placementOf } from "./merge-planes.ts";

const outputs: readonly OutputName[] = ["beauty", "alpha"];

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
  /**
   * A film of its own: beauty and alpha, and a pixel for each grid point of the crop window. A point that comes again is
   * added again: of equal samples the mean is as before, and the film's own loops are ready when the first one comes.
   */
  readonly film: FilmPlanes;
  readonly #tiling: Tiling;
  readonly #reader: ContributionReader;
  /** Of the film's planes, which of a contribution's they are. */
  readonly #sentIndices: readonly number[];
  /** By tile: 1 where it came, and has a point. */
  readonly #present: Uint8Array;
  /** Tiles with points that did not come. */
  #missingCount: number;

  constructor(spec: FilmSpec, tiling: Tiling) {
    const cropWindow = coarseGrid(spec.cropWindow, limits.coarseStridePx);
    const pointCount = Math.max(0, areaPx(cropWindow));
    const sent = filmChannels(spec);
    this.#sentIndices = sent.flatMap(({ output }, index) => (outputs.includes(output) ? [index] : []));
    const planes = this.#sentIndices.map(() => new Float64Array(pointCount));
    this.film = { spec: { ...spec, cropWindow, outputs }, counts: new Uint32Array(pointCount), planes };
    this.#reader = new ContributionReader(spec);
    this.#tiling = tiling;
    this.#present = new Uint8Array(tiling.tileCount);
    this.#missingCount = 0;
    for (let tile = 0; tile < tiling.tileCount; tile++) if (this.#hasPoints(tile)) this.#missingCount += 1;
  }

  /** All of it came. */
  get isWhole(): boolean {
    return this.#missingCount === 0;
  }

  /** False where a tile has no point. */
  has(tileIndex: number): boolean {
    return this.#present[tileIndex] === 1;
  }

  /**
   * `rect` is what those tiles are together; planes hold its grid points. Returns the tiles that were not there. Throws
   * `message-malformed` and changes nothing.
   */
  add(rect: PixelRect, tileIndices: readonly number[], planes: readonly WirePlane[]): number[] {
    const part = coarseGrid(rect, limits.coarseStridePx);
    const values = this.#reader.read(planes, isEmpty(part) ? 0 : areaPx(part), 1);
    const added = tileIndices.filter((tile) => !this.has(tile));
    if (isEmpty(part)) return added;
    const place = placementOf(this.film.spec.cropWindow, part);
    for (const [index, sentIndex] of this.#sentIndices.entries())
      addSums(this.film.planes[index] as Float64Array, place, values[sentIndex]);
    addCounts(this.film.counts, place, 1);
    for (const tile of added) {
      if (!this.#hasPoints(tile)) continue;
      this.#present[tile] = 1;
      this.#missingCount -= 1;
    }
    return added;
  }

  #hasPoints(tileIndex: number): boolean {
    return !isEmpty(coarseGrid(tileRect(this.#tiling, tileIndex), limits.coarseStridePx));
  }
}
