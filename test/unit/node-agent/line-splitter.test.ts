import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../node-agent/line-splitter.ts";

function linesOf(chunks: readonly string[], charsMax: number): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(charsMax, (line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe("text that comes in pieces", () => {
  it("is cut into lines, empty ones left out, the last one without a newline too", () => {
    expect(linesOf(["on", "e\ntw", "o\n\n", "three"], 100)).toEqual(["one", "two", "three"]);
  });

  it("in lines that are too long is cut, and the next line is whole", () => {
    expect(linesOf(["abc", "defgh\nxy\n"], 5)).toEqual(["abcde …", "xy"]);
  });

  it("gives the same lines however it is cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a\n]{0,8}$/)), fc.integer({ min: 1, max: 6 }), (chunks, charsMax) => {
        expect(linesOf(chunks, charsMax)).toEqual(linesOf([chunks.join("")], charsMax));
      }),
    );
  });
});
