// Pixel rectangles: half-open, x right, y down, in the display window. The only place that knows the conventions of
// others (OpenEXR's boxes are inclusive).

export interface PixelRect {
  readonly x0: number;
  readonly y0: number;
  /** One past the last column. */
  readonly x1: number;
  /** One past the last row. */
  readonly y1: number;
}

export function widthPx(rect: PixelRect): number {
  return rect.x1 - rect.x0;
}

export function heightPx(rect: PixelRect): number {
  return rect.y1 - rect.y0;
}

export function areaPx(rect: PixelRect): number {
  return widthPx(rect) * heightPx(rect);
}

export function isEmpty(rect: PixelRect): boolean {
  return rect.x1 <= rect.x0 || rect.y1 <= rect.y0;
}

/** The common part; empty (x1 ≤ x0 or y1 ≤ y0) where there is none. */
export function intersection(a: PixelRect, b: PixelRect): PixelRect {
  return {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
}

/** From the first one's top left corner to the last one's bottom right. */
export function spanning(first: PixelRect, last: PixelRect): PixelRect {
  return { x0: first.x0, y0: first.y0, x1: last.x1, y1: last.y1 };
}

export function contains(outer: PixelRect, inner: PixelRect): boolean {
  return inner.x0 >= outer.x0 && inner.y0 >= outer.y0 && inner.x1 <= outer.x1 && inner.y1 <= outer.y1;
}

export function sameRect(a: PixelRect, b: PixelRect): boolean {
  return a.x0 === b.x0 && a.y0 === b.y0 && a.x1 === b.x1 && a.y1 === b.y1;
}

/** OpenEXR's Box2i: both corners belong to it (OpenEXR Technical Introduction, "Display Window and Data Window"). */
export function toInclusiveBox(rect: PixelRect): { xMin: number; yMin: number; xMax: number; yMax: number } {
  return { xMin: rect.x0, yMin: rect.y0, xMax: rect.x1 - 1, yMax: rect.y1 - 1 };
}
