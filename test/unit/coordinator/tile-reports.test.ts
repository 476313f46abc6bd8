// The merger's tile statuses as the planner reads them.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tileReport } from "../../../coordinator/tile-reports.ts";
import { TileStatusSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { SampleIntervals } from "../../../proto/sample-intervals.ts";

const report = (status: MessageInitShape<typeof TileStatusSchema>) => tileReport(create(TileStatusSchema, status));
const [left, right] = [
  { x0: 0, y0: 0, x1: 8, y1: 16 },
  { x0: 8, y0: 0, x1: 16, y1: 16 },
];

describe("tile reports", () => {
  it("one cell -> its ranges, no cells", () => {
    const merged = [
      { begin: 0, end: 4 },
      { begin: 6, end: 8 },
    ];
    expect(report({ tileIndex: 3, cells: [{ rect: left, merged }] })).toEqual({ tileIndex: 3, ranges: merged });
  });

  it("errors at several counts -> the latest, and all", () => {
    const errors = [
      { spp: 2, error: 0.5 },
      { spp: 4, error: 0.25 },
    ];
    expect(report({ cells: [{ rect: left }], errors })).toMatchObject({
      error: { value: 0.25, spp: 4 },
      errors: [
        { value: 0.5, spp: 2 },
        { value: 0.25, spp: 4 },
      ],
    });
    expect(report({ cells: [{ rect: left }] }).error).toBeUndefined();
  });

  it("several cells -> each with its rectangle, and the ranges that all have", () => {
    const cells = [
      { rect: left, merged: [{ begin: 0, end: 8 }] },
      { rect: right, merged: [{ begin: 2, end: 4 }] },
    ];
    expect(report({ tileIndex: 1, cells })).toEqual({
      tileIndex: 1,
      ranges: [{ begin: 2, end: 4 }],
      cells: cells.map(({ rect, merged }) => ({ rect, ranges: merged })),
    });
  });

  it("a cell without samples, or no cells -> nothing is common", () => {
    const cells = [{ rect: left, merged: [{ begin: 0, end: 8 }] }, { rect: right }];
    expect(report({ cells }).ranges).toEqual([]);
    expect(report({}).ranges).toEqual([]);
  });

  it("any cells -> a sample is common exactly when every cell has it", () => {
    const ranges = fc.array(
      fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 8 })).map(([begin, count]) => ({ begin, end: begin + count })),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(ranges, ranges, ranges, (...all) => {
        const sets = all.map((each) => SampleIntervals.of(each));
        const common = SampleIntervals.of(
          report({ cells: sets.map((set) => ({ rect: left, merged: set.ranges() })) }).ranges,
        );
        for (let sample = 0; sample < 45; sample++) {
          const everywhere = sets.every((set) => set.covers(sample, sample + 1) === "all");
          expect(common.covers(sample, sample + 1) === "all").toBe(everywhere);
        }
      }),
    );
  });
});
