// Puts programs into a few files each, in dist/programs, and keeps what V8 compiles of them: loading hundreds of modules
// and compiling them took two thirds of the processor time of their start. host/built-file.ts says when they are used,
// host/packed-program.ts how they start.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { build } from "vite";
import { coordinatorNodeFlags, renderNodeFlags } from "../host/node-flags.ts";
import { packageRoot } from "../host/package-root.ts";

const root = packageRoot();
const packedFolder = join(root, "dist/programs");

const programs = [
  "cli/main.js",
  "cli/farm-command/main.js",
  "coordinator/main.js",
  "node-agent/main.js",
  "node-agent/renderers/identify-main.js",
  "merger/main.js",
  "node-agent/mcrt/main.js",
  // What the benchmark compares a render with: it is to start as fast.
  "test/bench/renderer-alone-main.js",
];
/** Starts all others. */
const starter = "host/packed-program.js";
/** They load files of their own (native addons, WebAssembly) from where they lie. */
const notPacked = ["draco3dgltf", "mikktspace"];
/** Of a run that is recorded; a loaded machine takes ten seconds for the longest. */
const runMsMax = 120_000;
/** Sharp's own code is packed; what is compiled for one machine is not. */
const notPackedFolders = /^@img\//;

const withoutExtension = (path: string) => path.replace(/\.js$/, "");

/** The starter keeps its name; others have the hash by which their compiled code is known to be theirs. */
async function pack(): Promise<ReadonlyMap<string, string>> {
  const packed = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: "warn",
    build: {
      ssr: true,
      target: "node20",
      minify: false,
      outDir: packedFolder,
      emptyOutDir: true,
      rolldownOptions: {
        external: notPackedFolders,
        input: Object.fromEntries(
          [starter, ...programs].map((path) => [withoutExtension(path), join(root, "dist", path)]),
        ),
        output: {
          format: "cjs",
          dynamicImportInCjs: false,
          entryFileNames: ({ name }) => (name === withoutExtension(starter) ? "[name].cjs" : "[name]-[hash].cjs"),
          chunkFileNames: "chunks/[name]-[hash].cjs",
        },
      },
    },
    ssr: { target: "node", noExternal: true, external: notPacked },
  });
  const outputs = [packed].flat().flatMap((each) => ("output" in each ? each.output : []));
  return new Map(
    outputs.flatMap((each) => (each.type === "chunk" && each.isEntry ? [[each.name, each.fileName]] : [])),
  );
}

/** Small, so that a program's name does not change with what it is made of. `how`: of the starter. */
function writeStartFile(program: string, mainFile: string, how: "startPacked" | "recordPacked"): void {
  const name = withoutExtension(program);
  const folder = dirname(name);
  const toStarter = relative(folder, `${withoutExtension(starter)}.cjs`);
  const [main, compiled] = [basename(mainFile), `${basename(name)}.compiled`];
  const paths = [main, compiled].map((file) => `require("node:path").join(__dirname, ${JSON.stringify(file)})`);
  writeFileSync(
    join(packedFolder, `${name}.cjs`),
    `"use strict";\nmodule.exports = require(${JSON.stringify(toStarter)}).${how}(${paths.join(", ")});\n`,
  );
}

/** Runs each as far as it comes without a farm, so that what its start needs is compiled. Says which failed. */
function recordAll(): void {
  const folder = mkdtempSync(join(tmpdir(), "arras-pack-"));
  const scene = ["deploy/demo/demo.glb", "--env", "deploy/demo/sky.hdr", "--size", "64x64", "--spp", "4"];
  const pictures = ["picture.exr", "picture.png"].flatMap((name) => ["-o", join(folder, name)]);
  const alone = ["--num-mcrt", "1", "--num-cores", "1", "--quiet", "--state-dir", folder];
  const runs = [
    // Starts a merger and an mcrt, too.
    [...renderNodeFlags, "bin/arras-render.js", ...scene, ...alone, ...pictures],
    ["bin/arras-farm.js", "--help"],
    [...coordinatorNodeFlags, "bin/arras-coordinator.js", "--help"],
    ["bin/arras-node.js", "--help"],
    ["dist/programs/node-agent/renderers/identify-main.cjs"],
    [...renderNodeFlags, "dist/programs/test/bench/renderer-alone-main.cjs", "1", ...scene],
  ];
  for (const run of runs) {
    const { status, stderr } = spawnSync(process.execPath, run, { cwd: root, encoding: "utf8", timeout: runMsMax });
    // It starts slower then, and is otherwise the same.
    if (status !== 0) process.stderr.write(`pack: not recorded: ${run.join(" ")}\n${stderr}`);
  }
  rmSync(folder, { recursive: true });
}

const mainFiles = await pack();
const writeStartFiles = (how: "startPacked" | "recordPacked") => {
  for (const program of programs) writeStartFile(program, mainFiles.get(withoutExtension(program))!, how);
};
writeStartFiles("recordPacked");
try {
  recordAll();
} finally {
  writeStartFiles("startPacked");
}
