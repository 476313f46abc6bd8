// Puts programs into a few files each, in dist/programs: loading hundreds of modules took half of the processor time of
// their start. host/built-file.ts says when they are used.
import { join } from "node:path";
import { build } from "vite";
import { packageRoot } from "../host/package-root.ts";

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
/** They load files of their own (native addons, WebAssembly) from where they lie. */
const notPacked = ["draco3dgltf", "meshoptimizer", "mikktspace", "sharp"];

const root = packageRoot();
await build({
  configFile: false,
  root,
  publicDir: false,
  logLevel: "warn",
  build: {
    ssr: true,
    target: "node20",
    minify: false,
    outDir: join(root, "dist/programs"),
    emptyOutDir: true,
    rolldownOptions: {
      input: Object.fromEntries(programs.map((path) => [path.replace(/\.js$/, ""), join(root, "dist", path)])),
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
  ssr: { target: "node", noExternal: true, external: notPacked },
});
