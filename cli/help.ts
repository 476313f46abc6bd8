// The text of --help, from the option table. Pure.
import { type OptionGroup, type OptionRow, optionTable } from "./option-table.ts";

const groups: readonly OptionGroup[] = ["Scene", "Camera", "Picture", "Quality", "Session", "Output", "Reports"];

const head = `arras-render: renders one frame on many computations, exactly

Usage: arras-render [options] SCENE -o FILE [-o FILE ...]
`;

const tail = `Exit codes:
  0  finished, or stopped by Ctrl-C with everything written that there was
  1  failed
  2  the command line, the scene or another input is wrong; nothing was rendered
  3  finished, but some pixels could not be rendered to the end

Ctrl-C once stops and writes what there is; twice leaves at once. SIGHUP writes a checkpoint and goes on.

Examples:
  arras-render FlightHelmet.gltf --env beach.hdr --num-mcrt 3 --spp 256 -o helmet.exr -o helmet.png
  arras-render shot.glb --camera cam2 --size 1920x1080 --crop 800,400,1120,680 --aov albedo,normal,depth crop.exr
  arras-render shot.glb --target-error 0.01 --spp 4096 --seconds 600 --json -o shot.exr
`;

export function helpText(): string {
  const rows: [string, OptionRow][] = Object.entries(optionTable);
  const names = new Map(rows.map(([name, row]) => [name, namesOf(name, row)]));
  const width = Math.max(...[...names.values()].map((text) => text.length));
  const sections = groups.map((group) => {
    const lines = rows
      .filter(([, row]) => row.group === group)
      .map(([name, row]) => {
        const fallback = row.fallback === undefined ? "" : ` [${row.fallback}]`;
        return `  ${names.get(name)?.padEnd(width)}  ${row.help}${row.repeatable === true ? "; repeatable" : ""}${fallback}`;
      });
    return `${group}:\n${lines.join("\n")}\n`;
  });
  return [head, ...sections, tail].join("\n");
}

function namesOf(name: string, { short, value }: OptionRow): string {
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}
