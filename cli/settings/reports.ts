// What is told about the render.
import type { OptionName, OptionValues } from "../option-table.ts";
import { quoted, type ValueReader } from "../value-readers.ts";

export interface ReportSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  /** A page shows the picture while it renders. */
  readonly gui: boolean;
  readonly logLevel: number;
  /** The frame is rendered twice, and it is told how long each took to get how far. */
  readonly benchmark: boolean;
  /** Only this sample is rendered, and its path told. */
  readonly debugSample: { readonly x: number; readonly y: number; readonly sampleIndex: number } | undefined;
}

export function readReports(values: OptionValues, reader: ValueReader): ReportSettings {
  const text = (name: OptionName, fallback: string) => values.get(name)?.[0] ?? fallback;
  const debug = values.get("debug-sample")?.[0];
  const sample = debug === undefined ? undefined : reader.numbers("--debug-sample", debug, 3);
  if (sample?.some((value) => !Number.isInteger(value) || value < 0)) {
    reader.mistake("--debug-sample", `${quoted(debug ?? "")} is no sample`, "Give whole numbers X,Y,I.");
  }
  const [x = 0, y = 0, sampleIndex = 0] = sample ?? [];
  return {
    json: values.has("json"),
    quiet: values.has("quiet"),
    gui: values.has("gui"),
    benchmark: values.has("benchmark"),
    logLevel: reader.integer("--log-level", text("log-level", "2"), { min: 0, max: 5 }) ?? 2,
    debugSample: sample === undefined ? undefined : { x, y, sampleIndex },
  };
}
