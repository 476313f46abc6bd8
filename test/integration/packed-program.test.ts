// Whole processes that start packed programs: the first one records, later ones start from what it wrote.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";

const starter = join(packageRoot(), "dist/host/packed-program.js");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arras-packed-"));
  writeFileSync(join(folder, "main-1.cjs"), "exports.sum = require('./part-2.cjs').add(2, 3);");
  writeFileSync(join(folder, "part-2.cjs"), "exports.add = (a, b) => a + b; exports.never = () => 1;");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In a process with these flags of V8; what it printed. `main` and `compiled` are the paths for `script`. */
function run(script: string, ...flags: string[]): string {
  const paths = { main: join(folder, "main-1.cjs"), compiled: join(folder, "main.compiled") };
  const opening = `import { PackedProgram, recordPacked } from ${JSON.stringify(starter)};
    const { main, compiled } = ${JSON.stringify(paths)};`;
  const args = [...flags, "--input-type=module", "-e", `${opening}\n${script}`];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trim();
}

const record = "console.log(recordPacked(main, compiled).sum);";
const start = `const program = new PackedProgram(main, compiled);
  console.log(program.start().sum, program.acceptedCount);`;

it("a program was recorded -> the next process takes the code of all of its files", () => {
  expect(run(record)).toBe("5");
  expect(existsSync(join(folder, "main.compiled"))).toBe(true);
  expect(run(start)).toBe("5 2");
});

it("nothing was recorded, or with other flags of V8 -> the program is compiled, and does the same", () => {
  expect(run(start)).toBe("5 0");
  expect(run(record, "--initial-old-space-size=384")).toBe("5");
  expect(run(start)).toBe("5 0");
  expect(run(start, "--initial-old-space-size=384")).toBe("5 2");
});

it("a file has become longer since -> it is compiled, the others are not", () => {
  run(record);
  writeFileSync(join(folder, "main-1.cjs"), "exports.sum = require('./part-2.cjs').add(20, 30);");
  expect(run(start)).toBe("50 1");
});
