// The rectangle that comes first, from two points of a drag, and where it is on the page. Pure.
import { equals } from "@bufbuild/protobuf";
import { type ChosenRegion, ChosenRegionSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import type { Framing, Point } from "./framing.ts";

/** In film pixels; the end is one past the last. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** What is rendered of the film. */
export interface FilmWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** All pixels that the drag touched, as far as they are rendered; undefined: none. Points are of the film. */
export function regionOf(from: Point, to: Point, window: FilmWindow): Region | undefined {
  const region = {
    x0: Math.max(window.x, Math.floor(Math.min(from.x, to.x))),
    y0: Math.max(window.y, Math.floor(Math.min(from.y, to.y))),
    x1: Math.min(window.x + window.width, Math.ceil(Math.max(from.x, to.x))),
    y1: Math.min(window.y + window.height, Math.ceil(Math.max(from.y, to.y))),
  };
  return region.x0 < region.x1 && region.y0 < region.y1 ? region : undefined;
}

/** What the session says before and after: the same, and of the same user. */
export function sameRegion(one: ChosenRegion | undefined, other: ChosenRegion | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return equals(ChosenRegionSchema, one, other);
}

/** Whose it is, for those who did not choose it. `own`: this page's name. */
export function chooserText({ editor }: ChosenRegion, own: string): string {
  return editor === "" || editor === own ? "First" : `First, chosen by ${editor}`;
}

/** CSS pixels. */
export function placeOf({ x0, y0, x1, y1 }: Region, { scale, origin }: Framing) {
  return {
    left: `${origin.x + x0 * scale}px`,
    top: `${origin.y + y0 * scale}px`,
    width: `${(x1 - x0) * scale}px`,
    height: `${(y1 - y0) * scale}px`,
  };
}
