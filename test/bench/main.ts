// All benchmarks, one after the other: a table for people on standard output, the same as JSON in out/bench.json.
// Arguments choose files by name: `node dist/test/bench/main.js planner merge`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import type { BenchRow } from "./bench-row.ts";

const benches: Readonly<Record<string, () => Promise<{ run(): Promise<BenchRow[]> }>>> = {
  planner: () => import("./planner.bench.ts"),
  farm: () => import("./farm.bench.ts"),
  merge: () => import("./merge.bench.ts"),
  checkpoint: () => import("./checkpoint.bench.ts"),
  takeover: () => import("./takeover.bench.ts"),
  render: () => import("./render.bench.ts"),
  look: () => import("./look.bench.ts"),
  memory: () => import("./memory.bench.ts"),
  preview: () => import("./preview.bench.ts"),
  comparison: () => import("./comparison.bench.ts"),
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const rows: BenchRow[] = [];
for (const name of chosen) {
  const load = benches[name];
  if (load === undefined)
    throw new Error(`there is no benchmark ${name}; there are ${Object.keys(benches).join(", ")}`);
  process.stderr.write(`${name} ...\n`);
  const { run } = await load();
  rows.push(...(await run()));
}
process.stdout.write(table(rows));
const folder = join(packageRoot(), "out");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "bench.json"), `${JSON.stringify(rows, null, 2)}\n`);

function table(all: readonly BenchRow[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all
    .map((row) => `${row.name.padEnd(width)}  ${figure(row.value).padStart(9)} ${row.unit.padEnd(5)} ${verdict(row)}\n`)
    .join("");
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function verdict({ value, goal, higherIsBetter }: BenchRow): string {
  if (goal === null) return "";
  const met = higherIsBetter ? value >= goal : value <= goal;
  return `goal ${higherIsBetter ? "≥" : "≤"} ${goal}${met ? "" : "  MISSED"}`;
}
