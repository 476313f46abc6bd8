// What a film is: its windows, its outputs and its arithmetic. Fixed for an epoch; coordinator, renderer and merger
// derive everything else from it.
import { type MergeOp, type OutputName, outputDeclarations } from "./outputs.ts";
import type { PixelRect } from "./rect.ts";

export interface FilmSpec {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Inside [0, 0, widthPx, heightPx]; equal to it when nothing is cropped. */
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  /** From `filmOutputs`: canonical order, required ones included. */
  readonly outputs: readonly OutputName[];
  /** A power of two, at least 4,096: bounds every sum, see `sampleClampLimit`. */
  readonly maxSpp: number;
}

/** Samples are quantised to multiples of 2⁻²⁴ and summed as integers in that unit (DESIGN section 7). */
export const quantumsPerUnit = 2 ** 24;

/** |sample| ≤ 2²⁹ / maxSpp, so maxSpp of them, in units of 2⁻²⁴, stay below 2⁵³ and a float64 holds the sum exactly. */
export function sampleClampLimit(maxSpp: number): number {
  return 2 ** 29 / maxSpp;
}

/** The budget rounded up to a power of two, at least 4,096. */
export function maxSppFor(budgetSpp: number): number {
  return Math.max(4096, 2 ** Math.ceil(Math.log2(budgetSpp)));
}

/** One plane on the wire and in the film. */
export interface FilmChannel {
  readonly output: OutputName;
  readonly channel: string;
  readonly op: MergeOp;
}

/** The film's planes in wire order: outputs in the spec's order, channels in the declaration's. */
export function filmChannels(spec: FilmSpec): FilmChannel[] {
  return spec.outputs.flatMap((output) =>
    outputDeclarations[output].channels.map((channel) => ({ output, channel, op: outputDeclarations[output].op })),
  );
}
