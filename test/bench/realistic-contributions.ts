// Contributions as a renderer sends them, for benches: radiance of a real picture where it is there, with the spread
// of a path tracer's samples, quantised and summed per sample as DESIGN section 7 says.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readExr } from "../../host/exr/read-exr.ts";
import { packageRoot } from "../../host/package-root.ts";
import { type FilmSpec, filmChannels, quantumsPerUnit, sampleClampLimit } from "../../proto/film-spec.ts";
import { heightPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";

/** Linear RGBA of one pixel. */
export type Radiance = (x: number, y: number) => readonly [number, number, number, number];

const picture = join(
  process.env.ARRAS_TEST_DATA ?? join(packageRoot(), "../shared/data"),
  "reference",
  "FlightHelmet.exr",
);

/** The reference picture of issue 2, repeated beyond its edges; a smooth made-up one where it is not there. */
export async function realisticRadiance(): Promise<{ readonly source: string; readonly radiance: Radiance }> {
  if (!existsSync(picture)) return { source: "synthetic", radiance: syntheticRadiance };
  const { widthPx: width, heightPx: height, channels } = await readExr(picture);
  const plane = (name: string) => channels.find((channel) => channel.name === name)?.values;
  const [r, g, b, a] = ["R", "G", "B", "A"].map(plane);
  if (r === undefined || g === undefined || b === undefined)
    return { source: "synthetic", radiance: syntheticRadiance };
  return {
    source: "FlightHelmet.exr",
    radiance: (x, y) => {
      const at = (y % height) * width + (x % width);
      return [r[at], g[at], b[at], a?.[at] ?? 1];
    },
  };
}

function syntheticRadiance(x: number, y: number): readonly [number, number, number, number] {
  const value = 0.4 + 0.3 * Math.sin(x / 97) * Math.cos(y / 61);
  return [value, value * 0.9, value * 0.8, 1];
}

/** beauty, alpha and luminance2 of `sampleCount` samples: each exponentially distributed round the pixel's radiance. */
export function realisticPlanes(
  spec: FilmSpec,
  rect: PixelRect,
  sampleCount: number,
  radiance: Radiance,
  random: () => number,
): WirePlane[] {
  const limit = sampleClampLimit(spec.maxSpp);
  const planes = filmChannels(spec).map(() => new Float64Array(widthPx(rect) * heightPx(rect)));
  const quantised = (value: number) => Math.round(Math.min(limit, Math.max(-limit, value)) * quantumsPerUnit);
  let at = 0;
  for (let y = rect.y0; y < rect.y1; y++) {
    for (let x = rect.x0; x < rect.x1; x++, at++) {
      const [r, g, b, a] = radiance(x, y);
      for (let sample = 0; sample < sampleCount; sample++) {
        const scale = -Math.log(1 - random());
        const luminance = scale * (0.2126 * r + 0.7152 * g + 0.0722 * b);
        const values = [scale * r, scale * g, scale * b, a, luminance * luminance];
        for (let plane = 0; plane < 5; plane++) planes[plane][at] += quantised(values[plane]);
      }
    }
  }
  return planes.map(wirePlane);
}

function wirePlane(values: Float64Array): WirePlane {
  if (values.every((value) => value === values[0])) return { encoding: "constant", bytes: bytesOf(values.slice(0, 1)) };
  const fits = values.every((value) => value === (value | 0));
  return fits
    ? { encoding: "int32", bytes: bytesOf(Int32Array.from(values)) }
    : { encoding: "float64", bytes: bytesOf(values) };
}

function bytesOf(values: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Mulberry32: the same numbers in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
