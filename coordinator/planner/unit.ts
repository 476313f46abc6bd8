// The unit: what is leased, rendered, merged and repeated as one. Its fields are its idempotency key.
import { areaPx, type PixelRect, sameRect } from "../../proto/rect.ts";

export interface Unit {
  /** Generation of the scene; results of older ones are dropped. */
  readonly epoch: number;
  readonly tileIndex: number;
  /** The tile's rectangle, or a bisected part of it. */
  readonly rect: PixelRect;
  /** Samples [sampleBegin, sampleEnd) of every pixel of `rect`. */
  readonly sampleBegin: number;
  readonly sampleEnd: number;
  /** 1; or `coarseStridePx` for a coarse unit, which is for the preview only and never enters the film. */
  readonly stridePx: number;
}

/** DESIGN section 8: every 8th pixel in x and y gives the first picture at 1/64 of a sample's cost. */
export const coarseStridePx = 8;

export function isCoarse(unit: Unit): boolean {
  return unit.stridePx !== 1;
}

/** For logs and maps of others: `epoch/tile/x0,y0,x1,y1/begin-end`, and `/coarse`. */
export function unitKey(unit: Unit): string {
  const { x0, y0, x1, y1 } = unit.rect;
  const suffix = isCoarse(unit) ? "/coarse" : "";
  return `${unit.epoch}/${unit.tileIndex}/${x0},${y0},${x1},${y1}/${unit.sampleBegin}-${unit.sampleEnd}${suffix}`;
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

/** Samples times pixels: what a unit's cost is proportional to. */
export function pixelSampleCount(unit: Unit): number {
  return (areaPx(unit.rect) * (unit.sampleEnd - unit.sampleBegin)) / (unit.stridePx * unit.stridePx);
}
