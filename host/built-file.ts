// Where a built program lies. `make build` also puts each program with all its modules into a few files (dist/programs),
// from which it starts with half the processor time; what was compiled after that counts instead.
import { statSync } from "node:fs";
import { join } from "node:path";
import { computationNodeFlags } from "./node-flags.ts";
import { packageRoot } from "./package-root.ts";

/** `path` as below dist, e.g. "merger/main.js"; `root`: the package's folder. */
export function builtFile(path: string, root: string = packageRoot()): string {
  const dist = join(root, "dist");
  const packed = join(dist, "programs", path);
  const packedAtMs = changedAtMs(packed);
  // tsc writes it whenever it has written anything else; images need not have it.
  const compiledAtMs = changedAtMs(join(dist, ".tsbuildinfo")) ?? 0;
  return packedAtMs !== undefined && packedAtMs >= compiledAtMs ? packed : join(dist, path);
}

/** How a computation's process is started: always from the build, also where this one runs from sources in a test. */
export function computationEntry(path: string): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [...computationNodeFlags, builtFile(path)] };
}

function changedAtMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
