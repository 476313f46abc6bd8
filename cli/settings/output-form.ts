// How pictures are written: the EXR's layout, the display transform of the others.
import type { OptionName, OptionValues } from "../option-table.ts";
import type { ValueReader } from "../value-readers.ts";

export interface OutputFormSettings {
  readonly exr: {
    readonly parts: string;
    readonly compression: string;
    readonly pixelType: string;
    /** 0: scanlines. */
    readonly tileSizePx: number;
  };
  readonly display: { readonly exposureStops: number; readonly tone: string; readonly quality: number };
}

export function readOutputForm(values: OptionValues, reader: ValueReader): OutputFormSettings {
  const text = (name: OptionName, fallback: string) => values.get(name)?.[0] ?? fallback;
  return {
    exr: {
      parts: reader.oneOf("--exr-parts", text("exr-parts", "multi"), ["multi", "layers"]) ?? "multi",
      compression:
        reader.oneOf("--exr-compression", text("exr-compression", "zip"), [
          "none",
          "rle",
          "zips",
          "zip",
          "piz",
          "dwaa",
        ]) ?? "zip",
      pixelType: reader.oneOf("--exr-type", text("exr-type", "half"), ["half", "float"]) ?? "half",
      tileSizePx: reader.integer("--exr-tile", text("exr-tile", "0"), { min: 0, max: 4096 }) ?? 0,
    },
    display: {
      exposureStops: reader.number("--exposure", text("exposure", "0"), { min: -30, max: 30 }) ?? 0,
      tone: reader.oneOf("--tone", text("tone", "srgb"), ["srgb", "filmic"]) ?? "srgb",
      quality: reader.integer("--quality", text("quality", "90"), { min: 1, max: 100 }) ?? 90,
    },
  };
}
