// Which cell is cut next: the one with the fewest samples, in powers of two, those of the same level in the order in
// which they came (the even order, at first). Cells of the wanted region go before the others once all have a sample.
import { Fifo } from "./fifo.ts";
import type { Cell } from "./frame.ts";

/** 0 without samples; then the exponent of the next power of two: 1 with one sample, 2 with 2-3, 3 with 4-7 … */
export function levelOf(cutEnd: number): number {
  return cutEnd === 0 ? 0 : 32 - Math.clz32(cutEnd);
}

/** Where the level of a cell with `cutEnd` samples ends: units do not reach past it, so that the frame grows evenly. */
export function levelEnd(cutEnd: number): number {
  return 2 ** levelOf(cutEnd);
}

/** The first level's end that is at least so many samples away; after the first pass levels may be left out. */
export function levelEndBeyond(cutEnd: number, sampleCount: number): number {
  if (cutEnd === 0) return levelEnd(0);
  return levelEnd(Math.max(cutEnd, Math.ceil(cutEnd + sampleCount) - 1));
}

const levelCount = 33;

export class CellQueue {
  readonly #first = newLevels();
  readonly #rest = newLevels();

  /** `goesFirst`: the cell touches the wanted region. */
  push(cell: Cell, goesFirst: boolean): void {
    if (cell.isQueued) return;
    cell.isQueued = true;
    (goesFirst ? this.#first : this.#rest)[levelOf(cell.cutEnd)].push(cell);
  }

  /** The next cell, taken out; cells that have become holes or were split since are skipped. */
  take(): Cell | undefined {
    return takeFrom(this.#first, 1) ?? takeFrom(this.#rest, 1) ?? takeFrom(this.#first) ?? takeFrom(this.#rest);
  }

  /** Cells without any sample are waiting. */
  get firstPassIsOpen(): boolean {
    return this.#first[0].size > 0 || this.#rest[0].size > 0;
  }

  get isEmpty(): boolean {
    return this.#first.every((level) => level.size === 0) && this.#rest.every((level) => level.size === 0);
  }

  clear(): void {
    for (const level of [...this.#first, ...this.#rest]) {
      for (let cell = level.shift(); cell; cell = level.shift()) cell.isQueued = false;
    }
  }
}

function newLevels(): Fifo<Cell>[] {
  return Array.from({ length: levelCount }, () => new Fifo<Cell>());
}

function takeFrom(levels: Fifo<Cell>[], end = levelCount): Cell | undefined {
  for (let level = 0; level < end; level++) {
    for (let cell = levels[level].shift(); cell; cell = levels[level].shift()) {
      cell.isQueued = false;
      if (cell.state === "whole") return cell;
    }
  }
  return undefined;
}
