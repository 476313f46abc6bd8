// Where a built program lies. `make build` also puts each program with all its modules into a few files (dist/programs),
// and keeps what V8 compiled of them (packed-program.ts): it starts with a third of the processor time beyond Node's own.
// What was compiled by tsc after that counts instead.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { computationNodeFlags } from "./node-flags.ts";
import { packageRoot } from "./package-root.ts";

/** What to start: an ES module, or a packed program's start file. `path` as below dist, e.g. "merger/main.js"; `root`: the package's folder. */
export function builtFile(path: string, root: string = packageRoot()): string {
  const dist = join(root, "dist");
  const packed = join(dist, "programs", path.replace(/\.js$/, ".cjs"));
  const packedAtMs = changedAtMs(packed);
  // tsc writes it whenever it has written anything else; images need not have it.
  const compiledAtMs = changedAtMs(join(dist, ".tsbuildinfo")) ?? 0;
  return packedAtMs !== undefined && packedAtMs >= compiledAtMs ? packed : join(dist, path);
}

/** How a computation's process is started: always from the build, also where this one runs from sources in a test. */
export function computationEntry(
  path: string,
  ...args: readonly string[]
): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [...computationNodeFlags, builtFile(path), ...args] };
}

/** Loads a program into this process. Resolves with what it exports. */
export async function loadBuilt<Program>(path: string): Promise<Program> {
  const file = builtFile(path);
  if (file.endsWith(".cjs")) return createRequire(import.meta.url)(file) as Program;
  return (await import(pathToFileURL(file).href)) as Program;
}

function changedAtMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
