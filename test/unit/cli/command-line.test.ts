// Options and plain arguments, and the help that tells of them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitCommandLine } from "../../../cli/command-line.ts";
import { helpText } from "../../../cli/help.ts";
import { type OptionRow, optionTable } from "../../../cli/option-table.ts";

const rows: [string, OptionRow][] = Object.entries(optionTable);
const texts = (args: string[]) => splitCommandLine(args).mistakes.map(({ message }) => message);

describe("the command line", () => {
  it("long, short, with = and without -> the same value", () => {
    for (const args of [
      ["--exr", "a.exr"],
      ["--exr=a.exr"],
      ["-o", "a.exr"],
      ["-oa.exr"],
      ["-exr", "a.exr"],
      ["-exr=a.exr"],
    ]) {
      expect([args, splitCommandLine(args).values.get("exr")]).toEqual([args, ["a.exr"]]);
    }
  });

  it("a repeatable option -> all values in order; a plain argument -> itself; after -- too", () => {
    const { values, plain, mistakes } = splitCommandLine(["a.glb", "-o", "b.exr", "-o", "c.png", "--", "-d.exr"]);
    expect([values.get("exr"), plain, mistakes]).toEqual([["b.exr", "c.png"], ["a.glb", "-d.exr"], []]);
  });

  it("a value that begins with a minus -> taken", () => {
    expect(splitCommandLine(["--look-from", "-1,2,3"]).values.get("look-from")).toEqual(["-1,2,3"]);
    expect(splitCommandLine(["--exposure=-1"]).values.get("exposure")).toEqual(["-1"]);
  });

  it("switches -> given or not", () => {
    const { values } = splitCommandLine(["--json"]);
    expect([values.has("json"), values.has("quiet")]).toEqual([true, false]);
  });

  it("several mistakes -> all of them, naming the option as it was written", () => {
    expect(texts(["--nope", "--json=1", "--size", "1x1", "--size", "2x2", "-z", "--spp"])).toEqual([
      "There is no option --nope",
      "--json takes no value",
      "--size is given twice",
      "There is no option -z",
      "--spp needs a value",
    ]);
  });

  it.each(["--constructor", "--toString", "--__proto__"])("%s -> no option", (arg) => {
    expect(texts([arg])).toEqual([`There is no option ${arg}`]);
  });

  it("any arguments -> split without a throw", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("--spp", "-o", "--", "-", "--json", "="))), (args) => {
        splitCommandLine(args);
      }),
    );
  });
});

describe("the help", () => {
  it("every option -> once, with what it takes, its words and its default; exit codes and three examples", () => {
    const text = helpText();
    for (const [name, row] of rows) {
      const lines = text.split("\n").filter((line) => new RegExp(`^ {2}(-\\w, | {4})--${name}( |$)`).test(line));
      expect([name, lines.length]).toEqual([name, 1]);
      expect(lines[0]).toContain(row.help);
      if (row.fallback !== undefined) expect(lines[0]).toContain(`[${row.fallback}]`);
    }
    for (const code of [0, 1, 2, 3]) expect(text).toMatch(new RegExp(`^ {2}${code} {2}\\w`, "m"));
    expect(text.match(/^ {2}arras-render /gm)).toHaveLength(3);
  });

  it("short names -> each belongs to one option", () => {
    const shorts = rows.flatMap(([, { short }]) => (short === undefined ? [] : [short]));
    expect(new Set(shorts).size).toBe(shorts.length);
  });
});
