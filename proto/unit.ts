// One piece of work, and its key. Equal keys carry equal sums, so everything that may repeat is keyed by it.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "./errors.ts";
import { type Unit as UnitMessage, UnitSchema } from "./gen/arras/v1/common_pb.ts";
import { limits } from "./limits.ts";
import { type PixelRect, sameRect } from "./rect.ts";
import { type ValueGrid, valueGrid } from "./value-grid.ts";

export interface Unit {
  readonly epoch: number;
  readonly tileIndex: number;
  /** The tile's rectangle, or a part of it after bisection; of a coarse unit several whole tiles, the first of which it names. */
  readonly rect: PixelRect;
  readonly sampleBegin: number;
  readonly sampleEnd: number;
  /** 1; or 8 for a coarse unit (sample 0 of every 8th pixel, for previews only). */
  readonly stridePx: number;
}

export type UnitKey = string;

export function unitKey(unit: Unit): UnitKey {
  const { x0, y0, x1, y1 } = unit.rect;
  const stride = unit.stridePx === 1 ? "" : `/${unit.stridePx}`;
  return `e${unit.epoch} ${x0},${y0}-${x1},${y1} s${unit.sampleBegin}-${unit.sampleEnd}${stride}`;
}

/** Pixels that the unit renders: those of its rectangle on the stride's grid, which starts at the display window. */
export function unitGrid({ rect, stridePx }: Pick<Unit, "rect" | "stridePx">): ValueGrid {
  return valueGrid(rect, stridePx);
}

/** Sample 0 of every 8th pixel, for the preview alone: it never enters the film. */
export function isCoarse(unit: Pick<Unit, "stridePx">): boolean {
  return unit.stridePx !== 1;
}

/** Equal keys, without making strings: the planner looks units up three times in each one's life. */
export function sameUnit(a: Unit, b: Unit): boolean {
  return (
    a === b ||
    (a.sampleBegin === b.sampleBegin &&
      a.sampleEnd === b.sampleEnd &&
      a.tileIndex === b.tileIndex &&
      a.stridePx === b.stridePx &&
      a.epoch === b.epoch &&
      sameRect(a.rect, b.rect))
  );
}

/** Samples times rendered pixels; 0 for a coarse unit of a sliver that has no pixel on the grid. */
export function pixelSampleCount(unit: Pick<Unit, "rect" | "stridePx" | "sampleBegin" | "sampleEnd">): number {
  const { columnCount, rowCount } = unitGrid(unit);
  return columnCount * rowCount * (unit.sampleEnd - unit.sampleBegin);
}

export function unitToMessage(unit: Unit): UnitMessage {
  return create(UnitSchema, {
    epoch: unit.epoch,
    tileIndex: unit.tileIndex,
    rect: { $typeName: "arras.v1.PixelRect", ...unit.rect },
    samples: { $typeName: "arras.v1.SampleRange", begin: unit.sampleBegin, end: unit.sampleEnd },
    stridePx: unit.stridePx,
  });
}

/** Throws `message-malformed` unless every field is within its bounds. */
export function unitFromMessage(message: UnitMessage | undefined): Unit {
  const rect = message?.rect;
  const samples = message?.samples;
  if (message === undefined || rect === undefined || samples === undefined)
    throw malformed("has no rectangle or samples");
  const { x0, y0, x1, y1 } = rect;
  if (x0 >= x1 || y0 >= y1 || x1 > limits.filmSidePxMax || y1 > limits.filmSidePxMax)
    throw malformed("has a bad rectangle");
  if (samples.begin >= samples.end || samples.end > limits.sppMax) throw malformed("has a bad sample range");
  if (message.epoch < 1) throw malformed("has epoch 0");
  if (message.stridePx !== 1 && message.stridePx !== limits.coarseStridePx) throw malformed("has a bad stride");
  if (message.stridePx !== 1 && samples.end !== 1) throw malformed("is coarse and has other samples than the first");
  return {
    epoch: message.epoch,
    tileIndex: message.tileIndex,
    rect: { x0, y0, x1, y1 },
    sampleBegin: samples.begin,
    sampleEnd: samples.end,
    stridePx: message.stridePx,
  };
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `A unit ${what}`,
    action: "The sender is of another version or broken: compare software versions.",
  });
}
