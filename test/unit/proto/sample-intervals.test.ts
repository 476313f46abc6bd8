// SampleIntervals against a plain set of numbers, and its rules one by one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SampleIntervals, type SampleRange } from "../../../proto/sample-intervals.ts";

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([begin, count]): SampleRange => ({ begin, end: begin + count }));
const edits = fc.array(fc.record({ remove: fc.boolean(), range }), { maxLength: 20 });

function both(list: { remove: boolean; range: SampleRange }[]): { set: SampleIntervals; plain: Set<number> } {
  const set = new SampleIntervals();
  const plain = new Set<number>();
  for (const edit of list) {
    if (edit.remove) set.remove(edit.range.begin, edit.range.end);
    else set.add(edit.range.begin, edit.range.end);
    for (let at = edit.range.begin; at < edit.range.end; at++) edit.remove ? plain.delete(at) : plain.add(at);
  }
  return { set, plain };
}

function samplesOf(ranges: readonly SampleRange[]): number[] {
  return ranges.flatMap((part) => Array.from({ length: part.end - part.begin }, (_, at) => part.begin + at));
}

describe("SampleIntervals", () => {
  it("any adds and removes -> holds what a plain set holds, sorted, disjoint and joined", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const { set, plain } = both(list);
        expect(samplesOf(set.ranges())).toEqual([...plain].sort((a, b) => a - b));
        expect(set.sampleCount).toBe(plain.size);
        const ranges = set.ranges();
        for (let at = 1; at < ranges.length; at++) expect(ranges[at].begin).toBeGreaterThan(ranges[at - 1].end);
      }),
    );
  });

  it("any set and question -> covers, missing and contiguousEnd answer as a plain set would", () => {
    fc.assert(
      fc.property(edits, range, (list, asked) => {
        const { set, plain } = both(list);
        const wanted = samplesOf([asked]);
        const there = wanted.filter((sample) => plain.has(sample));
        const expected = there.length === 0 ? "none" : there.length === wanted.length ? "all" : "partial";
        expect(set.covers(asked.begin, asked.end)).toBe(expected);
        expect(samplesOf(set.missing(asked.begin, asked.end))).toEqual(wanted.filter((sample) => !plain.has(sample)));
        let end = 0;
        while (plain.has(end)) end++;
        expect(set.contiguousEnd()).toBe(end);
      }),
    );
  });

  it("the same samples by another history -> equal", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const { set } = both(list);
        expect(SampleIntervals.of(set.ranges().reverse()).equals(set)).toBe(true);
        const grown = set.clone();
        grown.add(200, 201);
        expect(grown.equals(set)).toBe(false);
      }),
    );
  });

  it.each([
    [0, 0],
    [3, 2],
    [-1, 1],
    [0.5, 2],
    [0, Number.POSITIVE_INFINITY],
    [0, Number.NaN],
  ])("[%d, %d) -> refused", (begin, end) => {
    expect(() => new SampleIntervals().add(begin, end)).toThrow(RangeError);
    expect(() => new SampleIntervals().covers(begin, end)).toThrow(RangeError);
    expect(() => new SampleIntervals().remove(begin, end)).toThrow(RangeError);
  });

  it("nothing in it -> all is missing, and it says none", () => {
    const set = new SampleIntervals();
    expect(set.isEmpty).toBe(true);
    expect(set.contiguousEnd()).toBe(0);
    expect(set.missing(2, 5)).toEqual([{ begin: 2, end: 5 }]);
    expect(set.missing(5, 5)).toEqual([]);
    expect(`${set}`).toBe("none");
  });

  it("ranges that touch -> one interval", () => {
    expect(
      `${SampleIntervals.of([
        { begin: 4, end: 8 },
        { begin: 0, end: 4 },
        { begin: 9, end: 10 },
      ])}`,
    ).toBe("[0,8) [9,10)");
  });
});
