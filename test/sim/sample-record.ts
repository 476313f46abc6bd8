// Which (pixel, sample) pairs went into a film or were said to be there: a bit for each, kept apart from the product's
// own ledgers and looked at by nothing in it.
import type { PixelRect } from "../../proto/rect.ts";
import { type Unit, unitKey } from "../../proto/unit.ts";
import type { AnalyticFilm } from "./analytic-film.ts";

export class SampleRecord {
  readonly #film: AnalyticFilm;
  readonly #budgetSpp: number;
  #states: Uint8Array;

  constructor(film: AnalyticFilm, budgetSpp: number) {
    this.#film = film;
    this.#budgetSpp = budgetSpp;
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

  setOne(pixel: number, sample: number, state: number): void {
    this.#states[pixel * this.#budgetSpp + sample] = state;
  }

  /** Says so where a sample of it was there already. */
  add(unit: Unit): string | undefined {
    const { rect, sampleBegin, sampleEnd } = unit;
    const isTwice = this.some(unit, (state) => state !== 0);
    this.set(rect, sampleBegin, sampleEnd, 1);
    return isTwice ? `${unitKey(unit)} was merged, and a sample of it a second time` : undefined;
  }

  some({ rect, sampleBegin, sampleEnd }: Unit, test: (state: number) => boolean): boolean {
    let found = false;
    this.#film.eachPixel(rect, (pixel) => {
      for (let sample = sampleBegin; sample < sampleEnd; sample++) found ||= test(this.state(pixel, sample));
    });
    return found;
  }

  /** Changes each state to what `next` makes of it. */
  replaceAll(next: (state: number) => number): void {
    this.#states = this.#states.map(next);
  }
}
