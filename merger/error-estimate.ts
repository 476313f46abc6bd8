// How far the picture may still be from its limit: the standard error of the mean, weighted for display, from the sums
// of luminance and squared luminance. Only IEEE basic operations and sqrt, in a fixed order: equal films, equal errors.
import { filmChannels, quantumsPerUnit } from "../proto/film-spec.ts";
import { areaPx, heightPx, type PixelRect, widthPx } from "../proto/rect.ts";
import type { FilmPlanes } from "./film-planes.ts";

// For a pixel of n samples with mean luminance L and sample variance s² (n − 1 in the denominator):
//
//   pixel error = sqrt((s² / n) / (L + 0.01))
//   tile error  = sqrt(mean over pixels of (s² / n) / (L + 0.01))
//
// A display shows about the square root of light, and the error of √L is σ / (2 √L): so this is twice the
// root-mean-square error of what is seen, on a scale where white is 1. The 0.01 keeps black from dividing by nothing:
// below a hundredth of white the eye sees little noise. Cf. Dammertz et al., "A Hierarchical Automatic Stopping
// Condition for Monte Carlo Global Illumination", 2010, whose measure divides by √L likewise.
//
// A sample's squared luminance is clamped like any other value (film-spec.ts), so it saturates where luminance passes
// the square root of the clamp (362 at 4,096 spp): such a pixel's variance comes out too small, at worst 0.

const luminanceFloor = 0.01;

/** Undefined where a pixel of `rect` has fewer than two samples. `rect`: inside the crop window, not empty. */
export function tileError(film: FilmPlanes, rect: PixelRect): number | undefined {
  const planes = luminancePlanes(film);
  const crop = film.spec.cropWindow;
  let sum = 0;
  for (let y = 0; y < heightPx(rect); y++) {
    const row = (rect.y0 - crop.y0 + y) * widthPx(crop) + (rect.x0 - crop.x0);
    for (let at = row; at < row + widthPx(rect); at++) {
      if (film.counts[at] < 2) return undefined;
      sum += weightedMeanVariance(planes, at, film.counts[at]);
    }
  }
  return Math.sqrt(sum / areaPx(rect));
}

/** One value a pixel of `rect` (the crop window when absent); +∞ where fewer than two samples are. */
export function pixelErrors(film: FilmPlanes, rect?: PixelRect): Float32Array {
  const planes = luminancePlanes(film);
  const crop = film.spec.cropWindow;
  const area = rect ?? crop;
  const errors = new Float32Array(areaPx(area));
  for (let y = 0; y < heightPx(area); y++) {
    const row = (area.y0 - crop.y0 + y) * widthPx(crop) + (area.x0 - crop.x0);
    for (let x = 0; x < widthPx(area); x++) {
      const count = film.counts[row + x];
      errors[y * widthPx(area) + x] =
        count < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(weightedMeanVariance(planes, row + x, count));
    }
  }
  return errors;
}

interface LuminancePlanes {
  readonly r: Float64Array;
  readonly g: Float64Array;
  readonly b: Float64Array;
  readonly squared: Float64Array;
}

function luminancePlanes(film: FilmPlanes): LuminancePlanes {
  const channels = filmChannels(film.spec);
  const plane = (output: string, channel: string) =>
    film.planes[channels.findIndex((one) => one.output === output && one.channel === channel)] as Float64Array;
  return {
    r: plane("beauty", "R"),
    g: plane("beauty", "G"),
    b: plane("beauty", "B"),
    squared: plane("luminance2", "Y"),
  };
}

function weightedMeanVariance(planes: LuminancePlanes, at: number, count: number): number {
  const sum = 0.2126 * planes.r[at] + 0.7152 * planes.g[at] + 0.0722 * planes.b[at];
  const mean = sum / quantumsPerUnit / count;
  const meanSquare = planes.squared[at] / quantumsPerUnit / count;
  // Rounding to 2⁻²⁴ can leave a constant pixel a hair below zero.
  const meanVariance = Math.max(0, meanSquare - mean * mean) / (count - 1);
  return meanVariance / (Math.max(0, mean) + luminanceFloor);
}
