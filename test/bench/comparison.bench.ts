// The picture against an independent renderer's: FlightHelmet as Blender's Cycles rendered it (camera and settings in
// the README beside the reference). Says nothing where the reference is absent.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExr } from "../../host/exr/read-exr.ts";
import { packageRoot } from "../../host/package-root.ts";
import type { BenchRow } from "./bench-row.ts";
import { timedProcess } from "./timed-process.ts";

const spp = 512;

export async function run(): Promise<BenchRow[]> {
  const folder = join(packageRoot(), process.env.ARRAS_TEST_DATA ?? "../shared/data");
  const reference = join(folder, "reference/FlightHelmet.exr");
  if (!existsSync(reference)) {
    process.stderr.write(`comparison: no ${reference}; set ARRAS_TEST_DATA\n`);
    return [];
  }
  const scratch = mkdtempSync(join(tmpdir(), "arras-bench-"));
  const ours = join(scratch, "helmet.exr");
  await timedProcess("bin/arras-render.js", [
    ...helmetArguments(folder),
    "--spp",
    String(spp),
    "--num-mcrt",
    "2",
    "--exr-type",
    "float",
    "--quiet",
    "-o",
    ours,
  ]);
  const { mean, bias } = difference(await planes(ours), await planes(reference));
  rmSync(scratch, { recursive: true });
  return [
    {
      name: `FlightHelmet against Cycles at ${spp} spp: mean relative difference over the object`,
      value: 100 * mean,
      unit: "%",
      goal: 3,
      higherIsBetter: false,
    },
    {
      name: "FlightHelmet against Cycles: difference of the object's mean brightness",
      value: 100 * bias,
      unit: "%",
      goal: null,
      higherIsBetter: false,
    },
  ];
}

/** The reference's camera and settings. */
export function helmetArguments(folder: string): string[] {
  return [
    join(folder, "gltf/FlightHelmet/FlightHelmet.gltf"),
    "--env",
    join(folder, "hdr/spiaggia_di_mondello_1k.hdr"),
    ..."--look-from 0.3,0.42,1.1 --look-at 0,0.33,0 --fov 40 --size 512x512 --max-depth 12".split(" "),
  ];
}

interface Planes {
  readonly colors: readonly Float32Array[];
  readonly alpha: Float32Array;
}

async function planes(path: string): Promise<Planes> {
  const { channels } = await readExr(path);
  const named = (name: string) => channels.find((channel) => channel.name === name)!.values;
  return { colors: [named("R"), named("G"), named("B")], alpha: named("A") };
}

/**
 * Over pixels that the object covers wholly in our picture. `mean`: Σ|ours − theirs| ÷ Σ theirs, over r, g and b, so
 * that dark pixels' noise does not rule; `bias`: the same without the absolute value.
 */
export function difference(ours: Planes, theirs: Planes): { mean: number; bias: number } {
  let absolute = 0;
  let signed = 0;
  let total = 0;
  for (const [channel, values] of ours.colors.entries()) {
    const others = theirs.colors[channel]!;
    for (let at = 0; at < values.length; at++) {
      if (ours.alpha[at]! < 1) continue;
      absolute += Math.abs(values[at]! - others[at]!);
      signed += values[at]! - others[at]!;
      total += others[at]!;
    }
  }
  return { mean: absolute / total, bias: signed / total };
}
