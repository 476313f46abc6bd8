// How a unit that crashes renderers is narrowed down: first its sample range is halved, then its area quartered, until
// what is left is small enough to be given up as a hole.
import { contains, heightPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { quarters } from "../../proto/tiling.ts";
import type { Unit } from "../../proto/unit.ts";

export type Bisection =
  | { readonly t: "ranges"; readonly parts: readonly Unit[] }
  | { readonly t: "areas"; readonly parts: readonly Unit[] }
  | { readonly t: "hole" };

/** Parts in the order in which they should be tried: earlier samples first, since a hole takes the later ones along. */
export function bisection(unit: Unit, holeSidePxMin: number): Bisection {
  const { sampleBegin, sampleEnd, rect } = unit;
  if (sampleEnd - sampleBegin > 1) {
    const middle = sampleBegin + Math.ceil((sampleEnd - sampleBegin) / 2);
    return {
      t: "ranges",
      parts: [
        { ...unit, sampleEnd: middle },
        { ...unit, sampleBegin: middle },
      ],
    };
  }
  if (Math.max(widthPx(rect), heightPx(rect)) <= holeSidePxMin) return { t: "hole" };
  return { t: "areas", parts: quarters(rect).map((part) => ({ ...unit, rect: part })) };
}

/** Of rectangles made by `quarters` from one tile, two are nested or apart. */
export function touches(a: PixelRect, b: PixelRect): boolean {
  return contains(a, b) || contains(b, a);
}
