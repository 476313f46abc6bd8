// Which part of the film the page shows, and how large: pan, zoom, fit. Lengths are CSS pixels on the page, pixels in
// the film; y goes down in both.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `scale`: CSS pixels for each film pixel. `origin`: where the film's corner is on the page. */
export interface Framing {
  readonly scale: number;
  readonly origin: Point;
}

export const scaleMin = 1 / 64;
export const scaleMax = 128;

/** All of the film, in the middle. */
export function fitted(film: Size, page: Size): Framing {
  const scale = clamp(Math.min(page.width / film.width, page.height / film.height), scaleMin, scaleMax);
  return { scale, origin: centred(film, page, scale) };
}

/** One device pixel for each film pixel, in the middle. */
export function oneToOne(film: Size, page: Size, devicePixelRatio: number): Framing {
  const scale = 1 / devicePixelRatio;
  const { x, y } = centred(film, page, scale);
  // On whole device pixels, or every pixel would be smeared over two.
  return { scale, origin: { x: snapped(x, devicePixelRatio), y: snapped(y, devicePixelRatio) } };
}

/** What is under `fixed` stays there. */
export function zoomed(framing: Framing, factor: number, fixed: Point): Framing {
  const scale = clamp(framing.scale * factor, scaleMin, scaleMax);
  const by = scale / framing.scale;
  const { origin } = framing;
  return { scale, origin: { x: fixed.x + (origin.x - fixed.x) * by, y: fixed.y + (origin.y - fixed.y) * by } };
}

/** Some of the film stays in sight. */
export function panned({ scale, origin }: Framing, by: Point, film: Size, page: Size): Framing {
  const margin = 32;
  return {
    scale,
    origin: {
      x: clamp(origin.x + by.x, margin - film.width * scale, page.width - margin),
      y: clamp(origin.y + by.y, margin - film.height * scale, page.height - margin),
    },
  };
}

/** In film pixels, not rounded: the pixel is its floor. */
export function filmPoint({ scale, origin }: Framing, { x, y }: Point): Point {
  return { x: (x - origin.x) / scale, y: (y - origin.y) / scale };
}

export function pagePoint({ scale, origin }: Framing, { x, y }: Point): Point {
  return { x: x * scale + origin.x, y: y * scale + origin.y };
}

function centred(film: Size, page: Size, scale: number): Point {
  return { x: (page.width - film.width * scale) / 2, y: (page.height - film.height * scale) / 2 };
}

function snapped(value: number, devicePixelRatio: number): number {
  return Math.round(value * devicePixelRatio) / devicePixelRatio;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
