// What a file may look like. Length of functions and unused names are Biome's and the compiler's business.
import { basename } from "node:path";
import { expect, it } from "vitest";
import {
  isThere,
  nativeFiles,
  productFiles,
  protoFiles,
  type SourceFile,
  testFiles,
  typeScriptFiles,
  withoutComments,
} from "./tree.ts";

const typeScriptLinesMax = 500;
const nativeLinesMax = 400;
/** "One file, one idea": half of the product's files are at most this long. */
const medianLinesWanted = 120;

const lineCount = ({ text }: SourceFile) => text.split("\n").length - 1;

it("a file grows too long -> refused", () => {
  const tooLong = [
    ...typeScriptFiles().filter((file) => lineCount(file) > typeScriptLinesMax),
    ...nativeFiles().filter((file) => lineCount(file) > nativeLinesMax),
  ].map((file) => `${file.path}: ${lineCount(file)} lines`);
  expect(tooLong, "Split by noun: one idea a file").toEqual([]);
});

it("files grow on average -> refused before half of them are long", () => {
  const counts = productFiles()
    .map(lineCount)
    .sort((a, b) => a - b);
  const median = counts[counts.length >> 1] ?? 0;
  process.stdout.write(`tidy: ${counts.length} files of the product, median ${median} lines\n`);
  expect(median).toBeLessThanOrEqual(medianLinesWanted);
});

it("a file has no opening sentence -> refused", () => {
  const silent = [...typeScriptFiles(), ...nativeFiles()]
    .filter(({ path }) => !path.startsWith("test/"))
    // A .cc beside its .h: the header says it for both.
    .filter(({ path }) => !(path.endsWith(".cc") && isThere(path.replace(/cc$/, "h"))))
    .filter(({ text }) => !/^(#pragma once\n+)?\s*\/[/*]/.test(text))
    .map(({ path }) => path);
  expect(silent, "Say in one or two sentences what the file is, and what it is not").toEqual([]);
});

it("a module exports by default -> refused, because its importers would each name it differently", () => {
  const faults = typeScriptFiles()
    // Vite asks for it.
    .filter(({ path }) => path !== "viewer/vite.config.ts")
    .filter(({ text }) => /^export default\b|^export \{[^}]*\bas default\b/m.test(withoutComments(text)))
    .map(({ path }) => path);
  expect(faults, "Export by name").toEqual([]);
});

it("a file only hands on other files (a barrel) -> refused", () => {
  const faults = productFiles()
    .filter(({ path, text }) => basename(path) === "index.ts" || /^export \* from/m.test(withoutComments(text)))
    .map(({ path }) => path);
  expect(faults, "Import from the file that has it").toEqual([]);
});

const saysNothing = [
  "helper",
  "util",
  "manager",
  "handler",
  "worker",
  "job",
  "task",
  "info",
  "data",
  "buffer",
  "misc",
  "common",
  "stuff",
  "viewport",
];

it("a file is named by a word that says nothing -> refused", () => {
  const faults = [...typeScriptFiles(), ...nativeFiles()]
    .map(({ path }) => path)
    .filter((path) =>
      basename(path)
        .split(/[-._]/)
        .some((word) => saysNothing.includes(word.replace(/s$/, "")) || saysNothing.includes(word)),
    );
  expect(faults, "Name it by what it decides or adapts; CONTRIBUTING.md lists the words").toEqual([]);
});

it("a note to oneself is left in the code -> refused", () => {
  // Brackets, so that this line does not find itself.
  const mark = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
  const faults = [...typeScriptFiles(), ...nativeFiles(), ...protoFiles()]
    .filter(({ text }) => mark.test(text))
    .map(({ path }) => path);
  expect(faults, "Do it, or open an issue and leave no mark").toEqual([]);
});

it("a test is skipped, left for later or runs alone -> refused; skipIf with a reason is for missing inputs", () => {
  const mark = /\b(?:it|test|describe|bench)\.(?:skip|only|todo|fails)\b(?!If)/;
  const faults = testFiles()
    .filter(({ text }) => mark.test(withoutComments(text)))
    .map(({ path }) => path);
  expect(faults, "Mend the test or remove it").toEqual([]);
});

it("a test waits for time to pass -> refused", () => {
  const sleep = /\bawait (?:delay|sleep)\(|setTimeout\((?:resolve|done|r)\b/;
  const faults = testFiles()
    .filter(({ path, text }) => path.endsWith(".test.ts") && sleep.test(withoutComments(text)))
    .map(({ path }) => path);
  expect(faults, "Wait for what happens (an event, a message), or move a fake clock").toEqual([]);
});

it("a subject of the bus is spelled outside proto/subjects.ts -> refused", () => {
  const faults = productFiles()
    .filter(({ path, text }) => path !== "proto/subjects.ts" && /["'`]arras\.v\d+\.[a-z]/.test(withoutComments(text)))
    .map(({ path }) => path);
  expect(faults, "Build it in proto/subjects.ts, where names are made safe").toEqual([]);
});
