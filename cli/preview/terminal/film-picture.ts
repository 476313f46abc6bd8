// The film as far as it is needed for a small picture: averages of squares of its pixels, scene-linear. Pure.
import { heightPx, intersection, isEmpty, type PixelRect, widthPx } from "../../../proto/rect.ts";
import type { PreviewPixels } from "../preview-pixels.ts";

export interface LinearPicture {
  readonly r: Float32Array;
  readonly g: Float32Array;
  readonly b: Float32Array;
}

/** The largest half float: beyond it, one pixel would outshine all that are averaged with it. */
const brightest = 65_504;

export class FilmPicture {
  readonly #window: PixelRect;
  /** Side of the squares, a power of two, film pixels: tiles begin at multiples of it, but for odd sizes of tiles. */
  readonly #squarePx: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #rgb: Float32Array;

  /** `window`: what of the film is shown. `sidePxMax`: nobody will want it larger. */
  constructor(window: PixelRect, sidePxMax: number) {
    this.#window = window;
    const longer = Math.max(widthPx(window), heightPx(window));
    this.#squarePx = 2 ** Math.max(0, Math.ceil(Math.log2(longer / sidePxMax)));
    this.#columns = Math.ceil(widthPx(window) / this.#squarePx);
    this.#rows = Math.ceil(heightPx(window) / this.#squarePx);
    this.#rgb = new Float32Array(3 * this.#columns * this.#rows);
  }

  draw({ rect, rgba }: PreviewPixels): void {
    const part = intersection(rect, this.#window);
    if (isEmpty(part)) return;
    const [x0, y0] = [part.x0 - this.#window.x0, part.y0 - this.#window.y0];
    const [x1, y1] = [part.x1 - this.#window.x0, part.y1 - this.#window.y0];
    const squarePx = this.#squarePx;
    const color: [number, number, number] = [0, 0, 0];
    for (let row = Math.floor(y0 / squarePx); row * squarePx < y1; row++)
      for (let column = Math.floor(x0 / squarePx); column * squarePx < x1; column++) {
        const square = {
          x0: Math.max(x0, column * squarePx) + this.#window.x0 - rect.x0,
          y0: Math.max(y0, row * squarePx) + this.#window.y0 - rect.y0,
          x1: Math.min(x1, (column + 1) * squarePx) + this.#window.x0 - rect.x0,
          y1: Math.min(y1, (row + 1) * squarePx) + this.#window.y0 - rect.y0,
        };
        average(rgba, widthPx(rect), square, color);
        this.#rgb.set(color, 3 * (row * this.#columns + column));
      }
  }

  /** The whole window at that size: each pixel the mean of what it covers. */
  scaled(toWidthPx: number, toHeightPx: number): LinearPicture {
    const across = shares(this.#columns, toWidthPx);
    const down = shares(this.#rows, toHeightPx);
    const count = toWidthPx * toHeightPx;
    const picture = { r: new Float32Array(count), g: new Float32Array(count), b: new Float32Array(count) };
    for (const { from: row, to: y, share: rowShare } of down)
      for (const { from: column, to: x, share: columnShare } of across) {
        const source = 3 * (row * this.#columns + column);
        const target = y * toWidthPx + x;
        const share = rowShare * columnShare;
        picture.r[target] += share * this.#rgb[source];
        picture.g[target] += share * this.#rgb[source + 1];
        picture.b[target] += share * this.#rgb[source + 2];
      }
    return picture;
  }
}

/** Of the pixels of `rgba` in `rect`, which counts from its corner. */
function average(rgba: Float32Array, rowPx: number, rect: PixelRect, into: [number, number, number]): void {
  into.fill(0);
  for (let y = rect.y0; y < rect.y1; y++)
    for (let at = 4 * (y * rowPx + rect.x0); at < 4 * (y * rowPx + rect.x1); at += 4)
      for (let channel = 0; channel < 3; channel++) {
        const value = rgba[at + channel];
        // Not Math.max: what is no number is none.
        if (value > 0) into[channel] += Math.min(value, brightest);
      }
  const count = widthPx(rect) * heightPx(rect);
  for (let channel = 0; channel < 3; channel++) into[channel] /= count;
}

/** Which of `fromCount` pixels in a row lie under which of `toCount`, and what part of it they make. */
function shares(fromCount: number, toCount: number): { from: number; to: number; share: number }[] {
  const all: { from: number; to: number; share: number }[] = [];
  const step = fromCount / toCount;
  for (let to = 0; to < toCount; to++) {
    const [start, end] = [to * step, (to + 1) * step];
    for (let from = Math.floor(start); from < Math.min(fromCount, Math.ceil(end)); from++) {
      const share = (Math.min(end, from + 1) - Math.max(start, from)) / step;
      if (share > 1e-9) all.push({ from, to, share });
    }
  }
  return all;
}
