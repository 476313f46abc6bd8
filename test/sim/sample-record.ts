// Which (pixel, sample) pairs went into a film or were said to be there: a bit for each, kept apart from the product's
// own ledgers and looked at by nothing in it.
import { type PixelRect, widthPx } from "../../proto/rect.ts";
import { type Unit, unitKey } from "../../proto/unit.ts";
import type { AnalyticFilm } from "./analytic-film.ts";

export class SampleRecord {
  readonly #film: AnalyticFilm;
  readonly #budgetSpp: number;
  readonly #widthPx: number;
  #states: Uint8Array;

  constructor(film: AnalyticFilm, budgetSpp: number) {
    this.#film = film;
    this.#budgetSpp = budgetSpp;
    this.#widthPx = widthPx(film.spec.cropWindow);
    this.#states = new Uint8Array(film.pixelCount * budgetSpp);
  }

  state(pixel: number, sample: number): number {
    return this.#states[pixel * this.#budgetSpp + sample];
  }

  has(pixel: number, sample: number): boolean {
    return this.state(pixel, sample) !== 0;
  }

  set(rect: PixelRect, begin: number, end: number, state: number): void {
    this.#film.eachPixel(rect, (pixel) => {
      this.#states.fill(state, pixel * this.#budgetSpp + begin, pixel * this.#budgetSpp + end);
    });
  }

  /** Says so where a sample of it was there already. */
  add(unit: Unit): string | undefined {
    const { rect, sampleBegin, sampleEnd } = unit;
    const isTwice = this.some(unit, (state) => state !== 0);
    this.set(rect, sampleBegin, sampleEnd, 1);
    return isTwice ? `${unitKey(unit)} was merged, and a sample of it a second time` : undefined;
  }

  some({ rect, sampleBegin, sampleEnd }: Unit, test: (state: number) => boolean): boolean {
    const { x0, y0 } = this.#film.spec.cropWindow;
    for (let y = rect.y0; y < rect.y1; y++) {
      for (let x = rect.x0; x < rect.x1; x++) {
        const first = ((y - y0) * this.#widthPx + x - x0) * this.#budgetSpp;
        for (let at = first + sampleBegin; at < first + sampleEnd; at++) if (test(this.#states[at])) return true;
      }
    }
    return false;
  }

  /** Each state of samples [begin, end) of `rect` becomes what `next` says of it. */
  replace(rect: PixelRect, begin: number, end: number, next: Uint8Array): void {
    const { x0, y0 } = this.#film.spec.cropWindow;
    for (let y = rect.y0; y < rect.y1; y++) {
      for (let x = rect.x0; x < rect.x1; x++) {
        const first = ((y - y0) * this.#widthPx + x - x0) * this.#budgetSpp;
        for (let at = first + begin; at < first + end; at++) this.#states[at] = next[this.#states[at]];
      }
    }
  }

  get isFull(): boolean {
    return this.#states.every((state) => state !== 0);
  }

  /** Changes each state to what `next` makes of it. */
  replaceAll(next: (state: number) => number): void {
    this.#states = this.#states.map(next);
  }
}
