// Parts with known pixels, and the arithmetic of half, for the tests of the OpenEXR reader and writer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { ExrChannel, ExrPart } from "../../../../host/exr/exr-part.ts";
import { areaPx, type PixelRect } from "../../../../proto/rect.ts";

/** A folder for this file's images, removed after its tests. */
export function imageFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "arras-exr-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** A smooth ramp with some noise, between −1 and about 8: what a render's channel is like. */
export function ramp(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const noise = ((i * 2654435761 + seed * 40503) >>> 0) / 2 ** 32;
    return 3.5 + 3.5 * Math.sin(i * 0.003 + seed) + noise * 0.5;
  });
}

export function partOf(rect: PixelRect, fields: Partial<ExrPart> = {}): ExrPart {
  const channels = ["R", "G", "B", "A"].map((name, seed): ExrChannel => {
    return { name, type: "half", values: ramp(areaPx(rect), seed) };
  });
  return {
    name: "",
    dataWindow: rect,
    displayWindow: rect,
    storage: { t: "scanline" },
    compression: "zip",
    channels,
    attributes: [],
    ...fields,
  };
}

/** The nearest half, ties to even, out of range clamped: by definition, not by bits. */
export function nearestHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const step = 2 ** (exponent - 10);
  const scaled = value / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return Math.max(-65504, Math.min(65504, rounded * step));
}
