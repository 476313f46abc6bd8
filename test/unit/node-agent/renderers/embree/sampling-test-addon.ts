// Loads sampling_test.node (native/test/sampling_test_addon.cc) and gives its functions types.
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../../host/package-root.ts";

export interface CameraInput {
  readonly cameraToWorld: readonly number[];
  readonly isOrthographic: boolean;
  readonly verticalFovRad: number;
  readonly halfHeight: number;
  readonly lensRadius: number;
  readonly focusDistance: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface SamplingTestAddon {
  /** For each sample all numbers of `calls`, a string of "1" (next1D) and "2" (next2D). */
  drawNumbers(seed: number, x: number, y: number, sampleBegin: number, sampleEnd: number, calls: string): Float32Array;
  /** A pair of offsets in pixels for each pair of numbers. */
  filterOffsets(kind: "blackman-harris" | "gaussian" | "box", radiusPx: number, u: Float32Array): Float32Array;
  /** Origin and direction for each (filmX, filmY, uLens, vLens). */
  cameraRays(camera: CameraInput, places: Float32Array): Float32Array;
  /** A point of the unit disk for each pair of numbers. */
  diskPoints(u: Float32Array): Float32Array;
}

export function loadSamplingTestAddon(): SamplingTestAddon {
  return createRequire(import.meta.url)(join(packageRoot(), "build", "sampling_test.node")) as SamplingTestAddon;
}
