// Which build of a program is started.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtFile, computationEntry } from "../../../host/built-file.ts";
import { packageRoot } from "../../../host/package-root.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "arras-built-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, changedAtS: number): void {
  const whole = join(root, "dist", path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, "");
  utimesSync(whole, changedAtS, changedAtS);
}

const compiled = () => join(root, "dist", "merger/main.js");
const packed = () => join(root, "dist", "programs/merger/main.cjs");

describe("a built program", () => {
  it("it was not packed -> the compiled one", () => {
    write(".tsbuildinfo", 100);
    expect(builtFile("merger/main.js", root)).toBe(compiled());
  });

  it("it was packed after the last compilation -> the packed one", () => {
    write(".tsbuildinfo", 100);
    write("programs/merger/main.cjs", 101);
    expect(builtFile("merger/main.js", root)).toBe(packed());
  });

  it("something was compiled since -> the compiled one", () => {
    write("programs/merger/main.cjs", 100);
    write(".tsbuildinfo", 101);
    expect(builtFile("merger/main.js", root)).toBe(compiled());
  });

  it("only packed programs were installed -> the packed one", () => {
    write("programs/merger/main.cjs", 100);
    expect(builtFile("merger/main.js", root)).toBe(packed());
  });
});

it("a computation is started -> by this Node, from the build, with the flags that computations need", () => {
  const { command, args } = computationEntry("merger/main.js");
  expect(command).toBe(process.execPath);
  expect(args.at(-1)).toBe(builtFile("merger/main.js"));
  expect(args.at(-1)?.startsWith(packageRoot())).toBe(true);
  expect(args).toContain("--initial-old-space-size=384");
});
