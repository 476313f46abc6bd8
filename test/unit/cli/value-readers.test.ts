// Single values of the command line: what is one, and what is said of what is none.
import { describe, expect, it } from "vitest";
import { quoted, ValueReader } from "../../../cli/value-readers.ts";

/** The value, or the mistakes' messages. */
function read<Value>(ask: (reader: ValueReader) => Value | undefined): Value | string {
  const reader = new ValueReader();
  const value = ask(reader);
  if (reader.mistakes.length === 0) return value as Value;
  expect(value).toBeUndefined();
  expect(reader.mistakes.every(({ code, exitCode }) => code === "usage" && exitCode === 2)).toBe(true);
  return reader.mistakes.map(({ message }) => message).join("; ");
}

const range = { min: -10, max: 10 };

describe("a number", () => {
  it.each([
    ["7", 7],
    ["-2.5", -2.5],
    ["+3.", 3],
    [".5", 0.5],
    ["1e1", 10],
    ["-1E-2", -0.01],
    ["-10", -10],
  ])("%s -> taken", (text, value) => {
    expect(read((reader) => reader.number("--n", text, range))).toBe(value);
  });

  it.each(["", " ", ".", "e5", "0x10", "1_000", "1,5", "NaN", "Infinity", "5 ", "--5", "1e", "٣"])(
    "%j -> not a number",
    (text) => {
      expect(read((reader) => reader.number("--n", text, range))).toBe(`--n ${JSON.stringify(text)} is not a number`);
    },
  );

  it.each(["10.0001", "-10.0001", "1e999", "-1e999"])("%s -> out of range", (text) => {
    expect(read((reader) => reader.number("--n", text, range))).toBe(`--n "${text}" is out of range`);
  });

  it("the least value itself -> refused only where it must be above", () => {
    const zero = (above: boolean) => read((reader) => reader.number("--n", "0", { min: 0, max: 1, above }));
    expect([zero(false), zero(true)]).toEqual([0, '--n "0" is out of range']);
  });
});

describe("a whole number", () => {
  it.each([
    ["0", 0],
    ["-10", -10],
    ["+007", 7],
  ])("%s -> taken", (text, value) => {
    expect(read((reader) => reader.integer("--n", text, range))).toBe(value);
  });

  it.each(["", "1.0", "1e1", "0x1", " 1", "1\n", "-"])("%j -> not a whole number", (text) => {
    expect(read((reader) => reader.integer("--n", text, range))).toContain("is not a whole number");
  });

  it.each(["11", "-11", "9".repeat(400)])("%s -> out of range", (text) => {
    expect(read((reader) => reader.integer("--n", text, range))).toContain("is out of range");
  });
});

describe("numbers with commas", () => {
  it("as many as wanted -> taken, spaces or not", () => {
    expect(read((reader) => reader.numbers("--look-at", "1,-2.5, 3e2", 3))).toEqual([1, -2.5, 300]);
  });

  it.each([
    "",
    "1,2",
    "1,2,3,4",
    "1,,3",
    "1,2,",
    "1,2,x",
    "1,2,Infinity",
    "1,2,NaN",
    "1,2,1e999",
    "0x10,2,3",
    "0b1,2,3",
  ])("%j -> refused, with an example", (text) => {
    const reader = new ValueReader();
    expect(reader.numbers("--look-at", text, 3)).toBeUndefined();
    expect(reader.mistakes).toMatchObject([{ place: { setting: "--look-at" }, action: "Give for example 1.5,2,3." }]);
  });
});

describe("one of several names", () => {
  it.each([
    ["zip", "zip"],
    ["ZIP", '--c "ZIP" is not known'],
    ["", '--c "" is not known'],
    ["toString", '--c "toString" is not known'],
  ])("%j -> %s", (text, outcome) => {
    expect(read((reader) => reader.oneOf("--c", text, ["none", "zip"]))).toBe(outcome);
  });
});

it("several mistakes -> all are kept, in the order in which they were found", () => {
  const reader = new ValueReader();
  reader.number("--a", "x", range);
  reader.integer("--b", "1.5", range);
  reader.oneOf("--c", "y", ["z"]);
  expect(reader.mistakes.map(({ place }) => place.setting)).toEqual(["--a", "--b", "--c"]);
});

it("a long or odd text is quoted -> one line of at most 82 characters, unless it needs escapes", () => {
  expect(quoted("a".repeat(80))).toBe(`"${"a".repeat(80)}"`);
  expect(quoted("a".repeat(81))).toBe(`"${"a".repeat(77)}..."`);
  expect(quoted('say "hi"\n')).toBe('"say \\"hi\\"\\n"');
});
