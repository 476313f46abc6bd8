// Tables for people.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agoText, cores, countedText, gigabytes, timeText } from "../../../../cli/farm-command/amounts.ts";
import { pageText, printable, tableText } from "../../../../cli/farm-command/table.ts";

const columns = [{ title: "NAME", charsMin: 6 }, { title: "COUNT", align: "right" }, { title: "TAGS" }] as const;

describe("a table", () => {
  it("rows of several lengths -> aligned to the left and right, without trailing spaces", () => {
    const rows = [
      ["a", "10", "gpu"],
      ["longer", "5", ""],
    ];
    expect(tableText(columns, rows, 100)).toBe("NAME    COUNT  TAGS\na          10  gpu\nlonger      5\n");
  });

  it("a column is empty everywhere -> left out", () => {
    expect(tableText(columns, [["a", "1", ""]], 100)).toBe("NAME  COUNT\na         1\n");
  });

  it("too wide -> what may shrink is cut, with an ellipsis, and no further than it may", () => {
    const rows = [["a-very-long-name", "1", "gpu"]];
    expect(tableText(columns, rows, 24)).toBe("NAME         COUNT  TAGS\na-very-lon…      1  gpu\n");
    expect(tableText(columns, rows, 5).split("\n")[1]).toBe("a-ver…      1  gpu");
  });

  it("names that move the cursor or change colours -> harmless", () => {
    expect(printable("a\u001b[31mred\u0007\nb\u202e")).toBe("a [31mred b ");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 3, maxLength: 3 }), (row) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
        expect(tableText(columns, [row], 60).replace(/\n/g, "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(tableText(columns, [row], 60).split("\n")).toHaveLength(3);
      }),
    );
  });

  it("any rows that may shrink -> no wider than wished", () => {
    const all = columns.map(({ title }) => ({ title, charsMin: 5 }));
    const row = fc.array(fc.string({ maxLength: 60 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        for (const line of tableText(all, rows, 40).split("\n")) expect(line.length).toBeLessThanOrEqual(40);
      }),
    );
  });

  it("a page -> names aligned, those without a value left out", () => {
    expect(
      pageText([
        ["node", "a"],
        ["gpus", ""],
        ["software", "0.1.0"],
      ]),
    ).toBe("node      a\nsoftware  0.1.0\n");
  });
});

describe("amounts", () => {
  it.each([
    [0, "0.0 s"],
    [420, "0.4 s"],
    [-5, "0.0 s"],
    [12_400, "12 s"],
    [119_000, "119 s"],
    [180_000, "3 min"],
    [9_000_000, "2.5 h"],
    [345_600_000, "4.0 d"],
  ])("%d ms -> %s", (durationMs, text) => {
    expect(agoText(durationMs)).toBe(text);
  });

  it("memory, cores, counts, times -> short", () => {
    expect([gigabytes(3n * 2n ** 29n), cores(4), cores(0.5)]).toEqual(["1.5", "4", "0.5"]);
    expect([countedText(1, "node"), countedText(0, "node")]).toEqual(["1 node", "0 nodes"]);
    expect(timeText(new Date(2026, 4, 1, 9, 5, 7).getTime())).toBe("2026-05-01 09:05:07");
  });
});
