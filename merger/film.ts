// The film: exact sums of samples, and the sample count of every pixel, over the crop window. It adds what it is given
// and can take it out again; which contributions are in it is the ledger's knowledge, not the film's.
import { type FilmChannel, type FilmSpec, filmChannels } from "../proto/film-spec.ts";
import { areaPx, contains, isEmpty, type PixelRect } from "../proto/rect.ts";
import { type Contribution, ContributionReader, malformed, type PlaneValues } from "./contribution-reader.ts";
import { filmAddon } from "./film-addon.ts";
import type { FilmPlanes } from "./film-planes.ts";
import {
  addCounts,
  addSums,
  holdsLeast,
  type Placement,
  placementOf,
  subtractSums,
  takeClosest,
  takeLeast,
} from "./merge-planes.ts";
import { zeroPlanes } from "./plane-memory.ts";

/**
 * `extremesLost`: the sums are right again, but the nearest depth (and what hangs on it) may have come from what was
 * taken out, and the second nearest is not known. The tile must be cleared and rendered again.
 */
export type Retraction = { readonly t: "exact" } | { readonly t: "extremesLost" };

export class Film implements FilmPlanes {
  readonly spec: FilmSpec;
  readonly channels: readonly FilmChannel[];
  /** Samples of each pixel; row by row over the crop window, as all planes. */
  readonly counts: Uint32Array;
  /** One a channel. `sum`: Float64Array of integers in units of 2⁻²⁴. `min`, `closest`: Float32Array. */
  readonly planes: readonly (Float64Array | Float32Array)[];
  readonly #reader: ContributionReader;
  readonly #depthIndex: number;
  /** Plane indices of each `closest` output. */
  readonly #closest: readonly (readonly number[])[];

  constructor(spec: FilmSpec) {
    filmAddon(); // where it is missing, a film cannot be opened: better than one that breaks while it is added to
    this.spec = spec;
    this.channels = filmChannels(spec);
    const pixelCount = areaPx(spec.cropWindow);
    const kinds = this.channels.map(({ op }) => (op === "sum" ? ("float64" as const) : ("float32" as const)));
    const [counts, ...planes] = zeroPlanes(["uint32", ...kinds] as const, pixelCount);
    this.counts = counts;
    this.planes = planes;
    for (const [index, { op }] of this.channels.entries()) if (op === "min") this.planes[index].fill(farthest);
    this.#reader = new ContributionReader(spec);
    this.#depthIndex = this.channels.findIndex(({ op }) => op === "min");
    this.#closest = closestOutputs(this.channels);
  }

  /**
   * Adds `contribution` in one step, or throws `message-malformed` and is as before. Whether it is in already, the
   * caller knows (ledger.ts).
   */
  add(contribution: Contribution): void {
    const place = this.#placement(contribution.rect);
    const planes = this.#read(contribution);
    for (const indices of this.#closest) {
      takeClosest(
        {
          counts: this.counts,
          filmDepth: this.planes[this.#depthIndex] as Float32Array,
          depth: planes[this.#depthIndex],
          film: indices.map((index) => this.planes[index] as Float32Array),
          planes: indices.map((index) => planes[index]),
        },
        place,
      );
    }
    for (let index = 0; index < planes.length; index++) {
      const { op } = this.channels[index];
      if (op === "sum") addSums(this.planes[index] as Float64Array, place, planes[index]);
      else if (op === "min") takeLeast(this.planes[index] as Float32Array, place, planes[index]);
    }
    addCounts(this.counts, place, contribution.sampleCount);
  }

  /**
   * Takes a contribution that is in the film out again. Sums and counts become exactly what they would be without it;
   * pixels that have no samples left become empty. Throws `message-malformed`, and RangeError where the film has fewer
   * samples than are taken.
   */
  retract(contribution: Contribution): Retraction {
    const place = this.#placement(contribution.rect);
    const planes = this.#read(contribution);
    this.#requireCounts(place, contribution.sampleCount);
    for (let index = 0; index < planes.length; index++) {
      if (this.channels[index].op === "sum") subtractSums(this.planes[index] as Float64Array, place, planes[index]);
    }
    addCounts(this.counts, place, -contribution.sampleCount);
    this.#emptyWhereUncounted(place);
    if (this.#depthIndex < 0) return { t: "exact" };
    const depth = this.planes[this.#depthIndex] as Float32Array;
    return holdsLeast(depth, place, planes[this.#depthIndex], this.counts) ? { t: "extremesLost" } : { t: "exact" };
  }

  /** Every pixel of `rect` becomes empty, as before its first sample. */
  clear(rect: PixelRect): void {
    const place = this.#placement(rect);
    for (let y = 0; y < place.heightPx; y++) {
      const begin = place.offset + y * place.stridePx;
      this.counts.fill(0, begin, begin + place.widthPx);
    }
    this.#emptyWhereUncounted(place);
  }

  #read(contribution: Contribution): PlaneValues[] {
    return this.#reader.read(contribution.planes, areaPx(contribution.rect), contribution.sampleCount);
  }

  #placement(rect: PixelRect): Placement {
    const crop = this.spec.cropWindow;
    const corners = [rect.x0, rect.y0, rect.x1, rect.y1];
    if (!corners.every(Number.isSafeInteger) || isEmpty(rect) || !contains(crop, rect)) {
      throw malformed(`rectangle [${corners.join(", ")}) is empty or not inside the crop window`);
    }
    return placementOf(crop, rect);
  }

  #requireCounts(place: Placement, sampleCount: number): void {
    for (let y = 0; y < place.heightPx; y++) {
      const row = place.offset + y * place.stridePx;
      for (let x = 0; x < place.widthPx; x++) {
        if (this.counts[row + x] < sampleCount) throw new RangeError("a pixel has fewer samples than are taken out");
      }
    }
  }

  #emptyWhereUncounted(place: Placement): void {
    for (const [index, plane] of this.planes.entries()) {
      const empty = this.channels[index].op === "min" ? farthest : 0;
      for (let y = 0; y < place.heightPx; y++) {
        const row = place.offset + y * place.stridePx;
        for (let x = 0; x < place.widthPx; x++) if (this.counts[row + x] === 0) plane[row + x] = empty;
      }
    }
  }
}

/** Depth of a pixel without samples, and of one where nothing was hit. */
const farthest = Number.POSITIVE_INFINITY;

function closestOutputs(channels: readonly FilmChannel[]): number[][] {
  const byOutput = new Map<string, number[]>();
  for (const [index, { op, output }] of channels.entries()) {
    if (op !== "closest") continue;
    byOutput.set(output, [...(byOutput.get(output) ?? []), index]);
  }
  return [...byOutput.values()];
}
