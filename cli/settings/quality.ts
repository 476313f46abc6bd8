// How long to render: samples, error, time; and which random numbers.
import { maxSppFor } from "../../proto/film-spec.ts";
import { limits } from "../../proto/limits.ts";
import type { OptionName, OptionValues } from "../option-table.ts";
import type { ValueReader } from "../value-readers.ts";

export interface QualitySettings {
  readonly spp: number;
  readonly maxSpp: number;
  /** 0: off. */
  readonly targetError: number;
  readonly minSpp: number;
  /** 0: as long as it takes. */
  readonly durationMs: number;
  /** What the command line says of these, for --resume; 0: nothing. */
  readonly renewed: Readonly<Record<"spp" | "targetError" | "minSpp" | "durationMs", number>>;
  readonly maxDepth: number;
  readonly seed: number;
  readonly frameNumber: number;
}

export function readQuality(values: OptionValues, reader: ValueReader): QualitySettings {
  const text = (name: OptionName) => values.get(name)?.[0];
  const spp = reader.integer("--spp", text("spp") ?? "64", { min: 1, max: limits.sppMax }) ?? 1;
  const seconds = text("seconds");
  const targetError = text("target-error");
  const durationS =
    seconds === undefined ? 0 : reader.number("--seconds", seconds, { min: 0, max: 31_536_000, above: true });
  const budget = {
    spp,
    targetError:
      (targetError === undefined
        ? 0
        : reader.number("--target-error", targetError, { min: 0, max: 1e6, above: true })) ?? 0,
    minSpp: reader.integer("--min-spp", text("min-spp") ?? "16", { min: 2, max: limits.sppMax }) ?? 16,
    durationMs: Math.ceil((durationS ?? 0) * 1000),
  };
  return {
    ...budget,
    renewed: {
      ...budget,
      spp: values.has("spp") ? spp : 0,
      minSpp: values.has("min-spp") ? budget.minSpp : 0,
    },
    maxSpp: maxSppFor(spp),
    maxDepth: reader.integer("--max-depth", text("max-depth") ?? "12", { min: 1, max: limits.pathDepthMax }) ?? 12,
    seed: reader.integer("--seed", text("seed") ?? "0", { min: 0, max: 2 ** 32 - 1 }) ?? 0,
    frameNumber: reader.integer("--frame", text("frame") ?? "0", { min: -(2 ** 31), max: 2 ** 31 - 1 }) ?? 0,
  };
}
