// What becomes of a computation's lines in the agent's log.
import { pino } from "pino";
import { expect, it } from "vitest";
import { forwardLine } from "../../../node-agent/forward-line.ts";

/** The log's own lines, without its time and process. */
function forwarded(line: string): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "trace", base: {}, timestamp: false }, { write: (text) => lines.push(JSON.parse(text)) });
  forwardLine(log, line);
  return lines;
}

it.each([10, 20, 30, 40, 50, 60])(
  "a structured line of level %i -> level, words and fields, but not those that the agent's log has already",
  (level) => {
    const known = { time: "2026-01-01", name: "mcrt_i0", session: "s", computation: "mcrt_i0", node: "n" };
    const line = JSON.stringify({ level, ...known, pid: 7, unit: "u", msg: "done" });
    expect(forwarded(line)).toEqual([{ level, childPid: 7, unit: "u", msg: "done" }]);
  },
);

it.each([
  ["plain words", "error while loading shared libraries: libembree.so"],
  ["an empty line", ""],
  ["a brace, but no JSON", "{ not json"],
  ["JSON that is cut off", '{"level":30,"msg":"a'],
  ["JSON without a level", '{"msg":"x"}'],
  ["a level that there is not", '{"level":35,"msg":"x"}'],
  ["a level of another kind", '{"level":{},"msg":"x"}'],
  ["JSON that is no object", "[1]"],
  ["what looks like a format", "100%s %d %j"],
])("%s -> a warning, as it stands", (_, line) => {
  expect(forwarded(line)).toEqual([{ level: 40, msg: line }]);
});

it("a structured line without words, or with something else for them -> its fields", () => {
  expect(forwarded('{"level":50,"code":"x"}')).toEqual([{ level: 50, code: "x", msg: "" }]);
  expect(forwarded('{"level":50,"code":"x","msg":7}')).toEqual([{ level: 50, code: "x", msg: "" }]);
});
