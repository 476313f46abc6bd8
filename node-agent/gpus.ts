// The GPUs of this machine, as NVIDIA's tool names them; none where it does not answer.
import { limits } from "../proto/limits.ts";
import type { CommandOutcome } from "./bounded-command.ts";

export interface Gpu {
  readonly name: string;
  readonly memoryBytes: number;
}

/** Its answer is a line for each: "NVIDIA L4, 23034" (MiB). */
export const gpuCommand = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"] as const;

const nameCharsMax = 128;

export function gpusIn(outcome: CommandOutcome): Gpu[] {
  if (outcome.t === "failed" || outcome.exitCode !== 0) return [];
  const lines = outcome.output.split("\n").slice(0, limits.gpusMax);
  return lines.flatMap((line) => {
    const [, name = "", mebibytes] = /^\s*(.+?),\s*(\d{1,9})\s*$/.exec(line) ?? [];
    return mebibytes === undefined
      ? []
      : [{ name: name.slice(0, nameCharsMax), memoryBytes: Number(mebibytes) * 2 ** 20 }];
  });
}
