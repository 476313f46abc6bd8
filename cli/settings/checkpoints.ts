// How the film is kept while it renders, and which one is gone on with.
import { type OptionName, type OptionValues, optionTable } from "../option-table.ts";
import type { ValueReader } from "../value-readers.ts";

export interface CheckpointSettings {
  readonly checkpoints: {
    /** 0: by default. */
    readonly intervalMs: number;
    /** 0: by default. */
    readonly spp: number;
    readonly off: boolean;
  };
  /** The session to go on with; undefined: a new frame. */
  readonly resume: string | undefined;
  /** Where this machine keeps them; undefined: where its user's programs do. */
  readonly stateDir: string | undefined;
}

/** What does not say what is rendered, or where: allowed with --resume. */
const renewable: ReadonlySet<OptionName> = new Set<OptionName>([
  "resume",
  "exposure",
  "tone",
  "spp",
  "target-error",
  "min-spp",
  "seconds",
  "checkpoint-interval",
  "checkpoint-spp",
  "no-checkpoints",
  "state-dir",
  "host",
  "port",
  "tls",
  "ca",
  "cert",
  "key",
  "token-file",
  "preview",
  "tev",
  "current-env",
  "no-gui",
]);

/** Reports about a frame from its beginning. */
const ofNewFrames: ReadonlySet<OptionName> = new Set<OptionName>(["debug-sample", "benchmark"]);

export function readCheckpoints(values: OptionValues, reader: ValueReader): CheckpointSettings {
  const text = (name: OptionName) => values.get(name)?.[0];
  const interval = text("checkpoint-interval");
  const spp = text("checkpoint-spp");
  const intervalS =
    interval === undefined ? 0 : reader.number("--checkpoint-interval", interval, { min: 0.1, max: 86_400 });
  const off = values.has("no-checkpoints");
  for (const name of ["checkpoint-interval", "checkpoint-spp"] as const) {
    if (off && values.has(name)) {
      reader.mistake(`--${name}`, `--${name} says when, --no-checkpoints says never`, "Give one of them.");
    }
  }
  return {
    checkpoints: {
      intervalMs: Math.ceil((intervalS ?? 0) * 1000),
      spp: spp === undefined ? 0 : (reader.integer("--checkpoint-spp", spp, { min: 1, max: 2 ** 32 - 1 }) ?? 0),
      off,
    },
    resume: readResume(values, reader),
    stateDir: text("state-dir"),
  };
}

function readResume(values: OptionValues, reader: ValueReader): string | undefined {
  const resume = values.get("resume")?.[0];
  if (resume === undefined) return undefined;
  for (const name of values.keys()) {
    const { group } = optionTable[name];
    if (renewable.has(name) || group === "Output" || (group === "Reports" && !ofNewFrames.has(name))) continue;
    reader.mistake(
      `--${name}`,
      `--${name} cannot be given anew: --resume goes on with what was rendered`,
      "Leave it out, or render anew.",
    );
  }
  return resume;
}
