// Samples a second over the last few seconds, from totals at points in time. Pure.

const spanMs = 3_000;

export class SampleRate {
  readonly #points: { readonly atMs: number; readonly sampleCount: number }[] = [];

  /** Time must not fall. A total that does (a merger was lost with its film) begins anew. */
  record(atMs: number, sampleCount: number): void {
    const last = this.#points[this.#points.length - 1];
    if (last !== undefined && sampleCount < last.sampleCount) this.#points.length = 0;
    this.#points.push({ atMs, sampleCount });
    // One point older than the span is kept, so that the span is covered.
    while (this.#points.length > 2 && this.#points[1]!.atMs < atMs - spanMs) this.#points.shift();
  }

  /** 0 until there are two points apart in time. */
  perSecond(): number {
    const first = this.#points[0];
    const last = this.#points[this.#points.length - 1];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.sampleCount - first.sampleCount) / (last.atMs - first.atMs)) * 1000;
  }
}
