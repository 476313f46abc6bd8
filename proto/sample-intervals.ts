// Which sample indices of a region are there: half-open, disjoint, sorted intervals. The merger's ledger and the
// planner both count with it, so that they cannot disagree about what "covered" means.

/** Half-open: samples begin, begin+1, … end-1. */
export interface SampleRange {
  readonly begin: number;
  readonly end: number;
}

/** A mutable set of sample indices. Neighbouring intervals are joined, so that equal sets have equal intervals. */
export class SampleIntervals {
  /** begin₀, end₀, begin₁, end₁ …; strictly rising. One pair in nearly every case: a region's samples come in order. */
  #bounds: number[] = [];

  /** Throws RangeError where a range is not made of rising non-negative integers; order and overlaps are free. */
  static of(ranges: Iterable<SampleRange>): SampleIntervals {
    const set = new SampleIntervals();
    for (const range of ranges) set.add(range.begin, range.end);
    return set;
  }

  get isEmpty(): boolean {
    return this.#bounds.length === 0;
  }

  /** How many samples are in the set. */
  get sampleCount(): number {
    let count = 0;
    for (let at = 0; at < this.#bounds.length; at += 2) count += this.#bounds[at + 1] - this.#bounds[at];
    return count;
  }

  /** Adds [begin, end); what is there already stays. Throws RangeError for an empty or negative range. */
  add(begin: number, end: number): void {
    assertRange(begin, end);
    const bounds = this.#bounds;
    if (bounds.length > 0 && begin === bounds[bounds.length - 1]) {
      bounds[bounds.length - 1] = end;
      return;
    }
    const from = firstPairEndingFrom(bounds, begin);
    let to = from;
    let low = begin;
    let high = end;
    for (; to < bounds.length && bounds[to] <= end; to += 2) {
      low = Math.min(low, bounds[to]);
      high = Math.max(high, bounds[to + 1]);
    }
    bounds.splice(from, to - from, low, high);
  }

  /** Takes [begin, end) out: a contribution that was found wrong. Throws RangeError for an empty or negative range. */
  remove(begin: number, end: number): void {
    assertRange(begin, end);
    const bounds = this.#bounds;
    const kept: number[] = [];
    for (let at = 0; at < bounds.length; at += 2) {
      if (bounds[at] < begin) kept.push(bounds[at], Math.min(bounds[at + 1], begin));
      if (bounds[at + 1] > end) kept.push(Math.max(bounds[at], end), bounds[at + 1]);
    }
    this.#bounds = kept;
  }

  /** How much of [begin, end) is in the set. Throws RangeError for an empty or negative range. */
  covers(begin: number, end: number): "none" | "all" | "partial" {
    assertRange(begin, end);
    const bounds = this.#bounds;
    for (let at = 0; at < bounds.length; at += 2) {
      if (bounds[at + 1] <= begin) continue;
      if (bounds[at] >= end) return "none";
      return bounds[at] <= begin && bounds[at + 1] >= end ? "all" : "partial";
    }
    return "none";
  }

  /** The n for which [0, n) is in the set and sample n is not; 0 where sample 0 is missing. */
  contiguousEnd(): number {
    return this.#bounds.length > 0 && this.#bounds[0] === 0 ? this.#bounds[1] : 0;
  }

  /** The parts of [begin, end) that are not in the set, in order; none where begin ≥ end. */
  missing(begin: number, end: number): SampleRange[] {
    const gaps: SampleRange[] = [];
    let at = begin;
    for (let pair = 0; pair < this.#bounds.length && at < end; pair += 2) {
      const gapEnd = Math.min(this.#bounds[pair], end);
      if (gapEnd > at) gaps.push({ begin: at, end: gapEnd });
      at = Math.max(at, this.#bounds[pair + 1]);
    }
    if (at < end) gaps.push({ begin: at, end });
    return gaps;
  }

  ranges(): SampleRange[] {
    const ranges: SampleRange[] = [];
    for (let at = 0; at < this.#bounds.length; at += 2) {
      ranges.push({ begin: this.#bounds[at], end: this.#bounds[at + 1] });
    }
    return ranges;
  }

  equals(other: SampleIntervals): boolean {
    const a = this.#bounds;
    const b = other.#bounds;
    return a.length === b.length && a.every((bound, at) => bound === b[at]);
  }

  clone(): SampleIntervals {
    const copy = new SampleIntervals();
    copy.#bounds = this.#bounds.slice();
    return copy;
  }

  /** For messages: `[0,8) [16,32)`. */
  toString(): string {
    return this.isEmpty
      ? "none"
      : this.ranges()
          .map((range) => `[${range.begin},${range.end})`)
          .join(" ");
  }
}

/** Position of the first pair that ends at or after `begin`: the first that [begin, …) can touch. */
function firstPairEndingFrom(bounds: readonly number[], begin: number): number {
  let low = 0;
  let high = bounds.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[2 * middle + 1] < begin) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

function assertRange(begin: number, end: number): void {
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end <= begin) {
    throw new RangeError(`sample range [${begin}, ${end}) must be rising non-negative integers`);
  }
}
