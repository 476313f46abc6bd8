// Starts a packed program (scripts/pack-programs.ts) with what V8 compiled of it when it was packed: parsing and compiling
// its files took half of the processor time of a start. Node 20 does this for no module by itself; 22 does
// (module.enableCompileCache), but compiles functions that run at a start anew. Imports nothing of ours: it is loaded
// before everything.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

/** Compiled code by the file's name, which has a hash in it. */
type CompiledFiles = ReadonlyMap<string, Buffer>;

/** What a CommonJS file is called with. */
type FileFunction = (
  exports: unknown,
  require: (specifier: string) => unknown,
  module: { exports: unknown },
  __filename: string,
  __dirname: string,
) => void;

/** On one line with the file's first, so that stack traces count right. Strict, as the modules were before packing. */
const opening = "(function (exports, require, module, __filename, __dirname) { 'use strict'; ";
const closing = "\n})";

/**
 * A packed program and what it is made of: `mainPath` is a CommonJS file, and so is each that it requires by a relative
 * path. Everything else is Node's to find.
 */
export class PackedProgram {
  readonly #mainPath: string;
  readonly #compiled: CompiledFiles;
  readonly #scripts = new Map<string, Script>();
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #nodeRequire: NodeJS.Require;
  /** Files of which the compiled code was taken, for those that it does not fit V8 compiles as ever. */
  acceptedCount = 0;

  /** `compiledPath`: what `compiled` gave, as a file; it need not be there, nor fit this Node. */
  constructor(mainPath: string, compiledPath: string) {
    this.#mainPath = mainPath;
    this.#compiled = readCompiled(compiledPath);
    this.#nodeRequire = createRequire(mainPath);
  }

  /** Runs it. Returns what it exports. */
  start(): unknown {
    return this.#require(this.#mainPath);
  }

  /** Of all files that were run so far, with the functions that were. */
  compiled(): Buffer {
    const files = [...this.#scripts].map(([name, script]) => ({ name, code: script.createCachedData() }));
    const index = files.map(({ name, code }) => [name, code.length]);
    return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...files.map(({ code }) => code)]);
  }

  #require(path: string): unknown {
    const present = this.#modules.get(path);
    if (present !== undefined) return present.exports;
    const module: { exports: unknown } = { exports: {} };
    this.#modules.set(path, module);
    const folder = dirname(path);
    const require = (specifier: string) =>
      specifier.startsWith(".") ? this.#require(join(folder, specifier)) : this.#nodeRequire(specifier);
    this.#compile(path)(module.exports, require, module, path, folder);
    return module.exports;
  }

  #compile(path: string): FileFunction {
    const name = basename(path);
    const cachedData = this.#compiled.get(name);
    const script = new Script(opening + readFileSync(path, "utf8") + closing, {
      filename: path,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    if (cachedData !== undefined && script.cachedDataRejected === false) this.acceptedCount += 1;
    this.#scripts.set(name, script);
    return script.runInThisContext() as FileFunction;
  }
}

/** What the start file of a packed program calls. */
export function startPacked(mainPath: string, compiledPath: string): unknown {
  return new PackedProgram(mainPath, compiledPath).start();
}

/** The same, while it is packed: at its end it writes what was compiled of it. */
export function recordPacked(mainPath: string, compiledPath: string): unknown {
  const program = new PackedProgram(mainPath, compiledPath);
  process.once("exit", () => {
    const beside = `${compiledPath}.${process.pid}`;
    writeFileSync(beside, program.compiled());
    renameSync(beside, compiledPath);
  });
  return program.start();
}

/**
 * V8 itself checks that code is of this version, of these flags and of a source as long as this one; that it is of this
 * source, the hash in the file's name says.
 */
function readCompiled(path: string): CompiledFiles {
  const files = new Map<string, Buffer>();
  try {
    const bytes = readFileSync(path);
    const indexEnd = bytes.indexOf("\n");
    let offset = indexEnd + 1;
    for (const [name, sizeBytes] of JSON.parse(bytes.toString("utf8", 0, indexEnd)) as [string, number][]) {
      files.set(name, bytes.subarray(offset, offset + sizeBytes));
      offset += sizeBytes;
    }
  } catch {
    // Not there, or not whole: everything is compiled.
    files.clear();
  }
  return files;
}
