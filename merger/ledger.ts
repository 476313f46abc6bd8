// The ledger: which sample ranges of which pixels are in the film. It is the truth about progress; whoever plans asks
// it. A tile is one cell until a contribution covers only a part of it; then it is cut into quarters, as bisection is.
import { contains, intersection, isEmpty, type PixelRect, sameRect } from "../proto/rect.ts";
import { SampleIntervals, type SampleRange } from "../proto/sample-intervals.ts";
import { quarters, type Tiling, tileRect } from "../proto/tiling.ts";

/** `misplaced`: the rectangle is neither a tile nor a quarter (of a quarter …) of one. */
export type Coverage = "none" | "partial" | "all" | "misplaced";

/** A part of a tile whose pixels all have the same samples. */
export interface LedgerRegion {
  readonly rect: PixelRect;
  readonly ranges: readonly SampleRange[];
}

interface Cell {
  readonly rect: PixelRect;
  content: { readonly t: "leaf"; readonly samples: SampleIntervals } | { readonly t: "cut"; readonly parts: Cell[] };
}

export class Ledger {
  readonly tiling: Tiling;
  readonly #tiles: Cell[];

  constructor(tiling: Tiling) {
    this.tiling = tiling;
    this.#tiles = Array.from({ length: tiling.tileCount }, (_, index) => leaf(tileRect(tiling, index)));
  }

  /** How much of samples [begin, end) of the pixels of `rect` is recorded. */
  coverage(tileIndex: number, rect: PixelRect, begin: number, end: number): Coverage {
    const tile = this.#tiles[tileIndex];
    if (tile === undefined || !isCellRect(tile.rect, rect)) return "misplaced";
    return coverageWithin(tile, rect, begin, end);
  }

  /** Records samples [begin, end) of `rect`. Throws RangeError unless `coverage` is "none". */
  record(tileIndex: number, rect: PixelRect, begin: number, end: number): void {
    if (this.coverage(tileIndex, rect, begin, end) !== "none") throw new RangeError("recorded already, or misplaced");
    change(this.#tiles[tileIndex], rect, (samples) => samples.add(begin, end));
  }

  /** Takes samples [begin, end) of `rect` out. Throws RangeError unless `coverage` is "all". */
  remove(tileIndex: number, rect: PixelRect, begin: number, end: number): void {
    if (this.coverage(tileIndex, rect, begin, end) !== "all") throw new RangeError("not recorded");
    change(this.#tiles[tileIndex], rect, (samples) => samples.remove(begin, end));
  }

  /** Forgets all samples of a tile. */
  clearTile(tileIndex: number): void {
    this.#tiles[tileIndex].content = { t: "leaf", samples: new SampleIntervals() };
  }

  /** The n for which every pixel of the tile has samples [0, n). */
  contiguousSpp(tileIndex: number): number {
    return contiguousWithin(this.#tiles[tileIndex]);
  }

  /** True where every pixel of the tile has samples [0, spp) and no others. */
  isExactly(tileIndex: number, spp: number): boolean {
    const { content } = this.#tiles[tileIndex]; // cells with equal samples are joined, so only a whole tile can match
    return content.t === "leaf" && content.samples.sampleCount === spp && content.samples.contiguousEnd() === spp;
  }

  /**
   * The tile's regions in the order of the cut. Equal contents give equal regions, whatever came first. A tile
   * without samples has one region without ranges.
   */
  regions(tileIndex: number): LedgerRegion[] {
    const regions: LedgerRegion[] = [];
    collect(this.#tiles[tileIndex], regions);
    return regions;
  }
}

function leaf(rect: PixelRect, samples = new SampleIntervals()): Cell {
  return { rect, content: { t: "leaf", samples } };
}

/** Whether cutting `tile` again and again gives `rect`. Refusing all else bounds the tree. */
function isCellRect(tile: PixelRect, rect: PixelRect): boolean {
  let cell = tile;
  while (!sameRect(cell, rect)) {
    const parts = quarters(cell);
    const part = parts.length > 1 ? parts.find((candidate) => contains(candidate, rect)) : undefined;
    if (part === undefined || isEmpty(rect)) return false;
    cell = part;
  }
  return true;
}

function coverageWithin(cell: Cell, rect: PixelRect, begin: number, end: number): "none" | "partial" | "all" {
  if (cell.content.t === "leaf") return cell.content.samples.covers(begin, end);
  let all: "none" | "partial" | "all" | undefined;
  for (const part of cell.content.parts) {
    if (isEmpty(intersection(part.rect, rect))) continue;
    const one = coverageWithin(part, rect, begin, end);
    all = all === undefined || all === one ? one : "partial";
  }
  return all ?? "none";
}

function change(cell: Cell, rect: PixelRect, edit: (samples: SampleIntervals) => void): void {
  if (cell.content.t === "leaf" && contains(rect, cell.rect)) {
    edit(cell.content.samples);
    return;
  }
  const parts = cell.content.t === "cut" ? cell.content.parts : cutOf(cell.rect, cell.content.samples);
  for (const part of parts) if (!isEmpty(intersection(part.rect, rect))) change(part, rect, edit);
  const shared = commonSamples(parts);
  cell.content = shared === undefined ? { t: "cut", parts } : { t: "leaf", samples: shared };
}

function cutOf(rect: PixelRect, samples: SampleIntervals): Cell[] {
  return quarters(rect).map((part) => leaf(part, samples.clone()));
}

/** What all parts have, where they have the same: then the cut is no longer needed. */
function commonSamples(parts: readonly Cell[]): SampleIntervals | undefined {
  const first = parts[0].content;
  if (first.t !== "leaf") return undefined;
  const same = parts.every(({ content }) => content.t === "leaf" && content.samples.equals(first.samples));
  return same ? first.samples : undefined;
}

function contiguousWithin(cell: Cell): number {
  if (cell.content.t === "leaf") return cell.content.samples.contiguousEnd();
  return Math.min(...cell.content.parts.map(contiguousWithin));
}

function collect(cell: Cell, regions: LedgerRegion[]): void {
  if (cell.content.t === "leaf") regions.push({ rect: cell.rect, ranges: cell.content.samples.ranges() });
  else for (const part of cell.content.parts) collect(part, regions);
}
