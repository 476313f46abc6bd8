// A merger without pixels for planner tests: the ledger's rules (covered: ignored; partly covered: refused), made
// apart from the planner's code, with a count of what went in.

import type { TileReport } from "../../../../coordinator/planner/events.ts";
import { areaPx, contains, intersection, isEmpty, type PixelRect, sameRect } from "../../../../proto/rect.ts";
import { SampleIntervals } from "../../../../proto/sample-intervals.ts";
import { quarters, type Tiling, tileRect } from "../../../../proto/tiling.ts";
import type { Unit } from "../../../../proto/unit.ts";

interface LedgerCell {
  readonly rect: PixelRect;
  readonly samples: SampleIntervals;
}

export class SimulatedMerger {
  readonly #errorAt: (tileIndex: number, spp: number) => number;
  #cells: LedgerCell[][];
  #dirty = new Set<number>();
  ignoredCount = 0;
  refusedCount = 0;

  constructor(tiling: Tiling, errorAt: (tileIndex: number, spp: number) => number) {
    this.#errorAt = errorAt;
    this.#cells = Array.from({ length: tiling.tileCount }, (_, at) => [
      { rect: tileRect(tiling, at), samples: new SampleIntervals() },
    ]);
  }

  admit(unit: Unit): "added" | "ignored" | "refused" {
    const cells = this.#cells[unit.tileIndex].filter((cell) => !isEmpty(intersection(cell.rect, unit.rect)));
    const parts = new Set(cells.map((cell) => cell.samples.covers(unit.sampleBegin, unit.sampleEnd)));
    if (parts.has("partial") || parts.size > 1) {
      this.refusedCount++;
      return "refused";
    }
    if (parts.has("all")) {
      this.ignoredCount++;
      return "ignored";
    }
    this.#cells[unit.tileIndex] = this.#cells[unit.tileIndex].flatMap((cell) => splitTo(cell, unit.rect));
    for (const cell of this.#cells[unit.tileIndex]) {
      if (contains(unit.rect, cell.rect)) cell.samples.add(unit.sampleBegin, unit.sampleEnd);
    }
    this.#dirty.add(unit.tileIndex);
    return "added";
  }

  /** Reports of the tiles that changed since the last call. */
  takeChanges(): TileReport[] {
    const reports = [...this.#dirty].map((tileIndex) => this.report(tileIndex));
    this.#dirty.clear();
    return reports;
  }

  ledger(): TileReport[] {
    this.#dirty.clear();
    return this.#cells.map((_, tileIndex) => this.report(tileIndex));
  }

  report(tileIndex: number): TileReport {
    const cells = this.#cells[tileIndex];
    const spp = Math.min(...cells.map((cell) => cell.samples.contiguousEnd()));
    const error = spp > 0 ? { error: { value: this.#errorAt(tileIndex, spp), spp } } : {};
    if (cells.length === 1) return { tileIndex, ranges: cells[0].samples.ranges(), ...error };
    const reported = cells.map((cell) => ({ rect: cell.rect, ranges: cell.samples.ranges() }));
    return { tileIndex, ranges: commonRanges(cells), cells: reported, ...error };
  }

  cells(tileIndex: number): readonly LedgerCell[] {
    return this.#cells[tileIndex];
  }

  snapshot(): LedgerCell[][] {
    return this.#cells.map((cells) => cells.map((cell) => ({ rect: cell.rect, samples: cell.samples.clone() })));
  }

  /** As after a merger's death: everything since the snapshot is gone. */
  restore(snapshot: LedgerCell[][]): void {
    this.#cells = snapshot.map((cells) => cells.map((cell) => ({ rect: cell.rect, samples: cell.samples.clone() })));
    this.#dirty.clear();
  }

  get pixelSamples(): number {
    return this.#cells.flat().reduce((sum, cell) => sum + areaPx(cell.rect) * cell.samples.sampleCount, 0);
  }
}

function splitTo(cell: LedgerCell, rect: PixelRect): LedgerCell[] {
  if (isEmpty(intersection(cell.rect, rect)) || contains(rect, cell.rect) || sameRect(rect, cell.rect)) return [cell];
  return quarters(cell.rect).flatMap((part) => splitTo({ rect: part, samples: cell.samples.clone() }, rect));
}

function commonRanges(cells: readonly LedgerCell[]): { begin: number; end: number }[] {
  const missing = new SampleIntervals();
  const end = Math.max(1, ...cells.flatMap((cell) => cell.samples.ranges().map((range) => range.end)));
  for (const cell of cells) for (const gap of cell.samples.missing(0, end)) missing.add(gap.begin, gap.end);
  return missing.missing(0, end);
}
