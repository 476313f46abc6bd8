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
    this.#squarePx = 2 ** Math.max(0, Math.floor(Math.log2(longer / sidePxMax)));
    this.#columns = Math.ceil(widthPx(window) / this.#squarePx);
    this.#rows = Math.ceil(heightPx(window) / this.#squarePx);
    this.#rgb = new Float32Array(3 * this.#columns * this.#rows);
  }

  draw({ rect, rgba }: PreviewPixels): void {
    const part = intersection(rect, this.#window);
    if (isEmpty(part)) return;
    const { x0: originX, y0: originY } = this.#window;
    const [squarePx, columns, rgb] = [this.#squarePx, this.#columns, this.#rgb];
    const rowPx = widthPx(rect);
    for (let top = part.y0; top < part.y1; ) {
      const row = Math.floor((top - originY) / squarePx);
      const bottom = Math.min(part.y1, originY + (row + 1) * squarePx);
      for (let left = part.x0; left < part.x1; ) {
        const column = Math.floor((left - originX) / squarePx);
        const right = Math.min(part.x1, originX + (column + 1) * squarePx);
        let [r, g, b] = [0, 0, 0];
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) {
            const at = 4 * ((y - rect.y0) * rowPx + (x - rect.x0));
            r += bounded(rgba[at]);
            g += bounded(rgba[at + 1]);
            b += bounded(rgba[at + 2]);
          }
        const count = (bottom - top) * (right - left);
        const to = 3 * (row * columns + column);
        rgb[to] = r / count;
        rgb[to + 1] = g / count;
        rgb[to + 2] = b / count;
        left = right;
      }
      top = bottom;
    }
  }

  /** The whole window at that size: each pixel the mean of what it covers. */
  scaled(toWidthPx: number, toHeightPx: number): LinearPicture {
    const [rows, columns, rgb] = [this.#rows, this.#columns, this.#rgb];
    // First across, then down: the sums of a row are used by one or two rows of the picture.
    const narrow = new Float32Array(3 * toWidthPx * rows);
    const across = shares(columns, toWidthPx);
    for (let k = 0; k < across.count; k++) {
      const share = across.share[k];
      let source = 3 * across.from[k];
      let target = 3 * across.to[k];
      for (let row = 0; row < rows; row++, source += 3 * columns, target += 3 * toWidthPx) {
        narrow[target] += share * rgb[source];
        narrow[target + 1] += share * rgb[source + 1];
        narrow[target + 2] += share * rgb[source + 2];
      }
    }
    const count = toWidthPx * toHeightPx;
    const [r, g, b] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
    const down = shares(rows, toHeightPx);
    for (let k = 0; k < down.count; k++) {
      const share = down.share[k];
      let source = 3 * down.from[k] * toWidthPx;
      const first = down.to[k] * toWidthPx;
      for (let target = first; target < first + toWidthPx; target++, source += 3) {
        r[target] += share * narrow[source];
        g[target] += share * narrow[source + 1];
        b[target] += share * narrow[source + 2];
      }
    }
    return { r, g, b };
  }
}

/** What is no number, or less than nothing, is none. */
function bounded(value: number): number {
  return value > 0 ? Math.min(value, brightest) : 0;
}

interface Shares {
  readonly count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly share: Float64Array;
}

/** Which of `fromCount` pixels in a row lie under which of `toCount`, and what part of it they make. */
function shares(fromCount: number, toCount: number): Shares {
  const [from, to, share]: [number[], number[], number[]] = [[], [], []];
  const step = fromCount / toCount;
  for (let target = 0; target < toCount; target++) {
    const [start, end] = [target * step, (target + 1) * step];
    for (let source = Math.floor(start); source < Math.min(fromCount, Math.ceil(end)); source++) {
      const part = (Math.min(end, source + 1) - Math.max(start, source)) / step;
      if (part <= 1e-9) continue;
      from.push(source);
      to.push(target);
      share.push(part);
    }
  }
  return {
    count: from.length,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    share: Float64Array.from(share),
  };
}
