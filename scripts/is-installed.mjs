// Exits 0 where node_modules holds what package-lock.json names, else 1. Compares versions, not times: a checkout
// touches files, and `npm install` of one package needs no `npm ci` after it. Plain JavaScript: it runs before tsc is there.
import { readFileSync } from "node:fs";

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return {};
  }
}

const wanted = Object.entries(packagesOf("package-lock.json")).filter(
  ([path, { optional }]) => path !== "" && !optional,
);
const installed = packagesOf("node_modules/.package-lock.json");
process.exitCode = wanted.every(([path, { version }]) => installed[path]?.version === version) ? 0 : 1;
