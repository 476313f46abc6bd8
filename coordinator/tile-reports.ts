// The merger's tile statuses as the planner reads them. Pure.
import type { TileStatus } from "../proto/gen/arras/v1/film_pb.ts";
import { SampleIntervals, type SampleRange } from "../proto/sample-intervals.ts";
import type { CellReport, TileReport } from "./planner/events.ts";

export function tileReport(status: TileStatus): TileReport {
  const cells: CellReport[] = status.cells.map((cell) => ({
    rect: { x0: cell.rect?.x0 ?? 0, y0: cell.rect?.y0 ?? 0, x1: cell.rect?.x1 ?? 0, y1: cell.rect?.y1 ?? 0 },
    ranges: cell.merged.map(({ begin, end }) => ({ begin, end })),
  }));
  const errors = status.errors.map(({ error, spp }) => ({ value: error, spp }));
  const latest = errors.at(-1);
  return {
    tileIndex: status.tileIndex,
    ranges: commonRanges(cells),
    ...(cells.length > 1 ? { cells } : {}),
    ...(latest === undefined ? {} : { error: latest, errors }),
  };
}

/** The samples that every cell has. */
function commonRanges(cells: readonly CellReport[]): readonly SampleRange[] {
  if (cells.length === 1) return cells[0]!.ranges;
  const end = Math.max(0, ...cells.flatMap((cell) => cell.ranges.map((range) => range.end)));
  const missing = new SampleIntervals();
  for (const cell of cells) {
    for (const gap of SampleIntervals.of(cell.ranges).missing(0, end)) missing.add(gap.begin, gap.end);
  }
  return missing.missing(0, end);
}
