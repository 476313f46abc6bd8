// Programs of several CommonJS files, started as packed ones are. What V8 takes of its own code, whole processes show:
// test/integration/packed-program.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PackedProgram, startPacked } from "../../../host/packed-program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arras-packed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const start = (mainText: string): unknown => startPacked(write("main.cjs", mainText), join(folder, "main.compiled"));

describe("a packed program", () => {
  it("its main file exports something -> the start returns it", () => {
    expect(start("exports.main = () => 'ran ÷ ×';")).toMatchObject({ main: expect.any(Function) });
    expect((start("exports.main = () => 'ran ÷ ×';") as { main(): string }).main()).toBe("ran ÷ ×");
  });

  it("two files require a third -> it runs once, and both have its exports", () => {
    write("count.cjs", "globalThis.countRuns = (globalThis.countRuns ?? 0) + 1; exports.runs = globalThis.countRuns;");
    write("other.cjs", "exports.count = require('./count.cjs');");
    const text =
      "exports.same = require('./count.cjs') === require('./other.cjs').count; exports.runs = require('./count.cjs').runs;";
    expect(start(text)).toEqual({ same: true, runs: 1 });
  });

  it("two files require each other -> the second sees what the first has exported so far", () => {
    write("other.cjs", "exports.seen = require('./main.cjs').early;");
    expect(start("exports.early = 1; exports.seen = require('./other.cjs').seen;")).toEqual({ early: 1, seen: 1 });
  });

  it("it requires what is no file of its own -> Node finds it", () => {
    expect(start("exports.basename = require('node:path').basename('a/b');")).toEqual({ basename: "b" });
  });

  it("it was an ES module -> it is as strict", () => {
    expect(() => start("undeclared = 1;")).toThrow(ReferenceError);
  });

  it("it throws -> the trace names its file and line", () => {
    const stack = (() => {
      try {
        return start("\n\nthrow new Error('broken');");
      } catch (thrown) {
        return (thrown as Error).stack;
      }
    })();
    expect(stack).toContain(`${join(folder, "main.cjs")}:3:`);
  });
});

describe("what V8 compiled of a packed program", () => {
  const mainText = "exports.twice = (value) => 2 * value; exports.six = exports.twice(3);";

  it("the file is not whole, or is none of ours -> the program runs", () => {
    const program = new PackedProgram(write("main.cjs", mainText), join(folder, "none"));
    program.start();
    const compiled = program.compiled();
    const broken = [
      compiled.subarray(0, compiled.length / 2),
      compiled.subarray(0, 5),
      Buffer.from("[[\n"),
      Buffer.alloc(0),
    ];
    for (const bytes of broken) {
      const again = new PackedProgram(join(folder, "main.cjs"), write("main.compiled", bytes));
      expect(again.start()).toMatchObject({ six: 6 });
    }
  });

  it("it is of another source -> the present one runs", () => {
    const program = new PackedProgram(write("main.cjs", mainText), join(folder, "none"));
    program.start();
    write("main.compiled", program.compiled());
    expect(start("exports.five = 5;")).toEqual({ five: 5 });
  });
});
