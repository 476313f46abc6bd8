// The rectangle that comes first, or alone: from two points of a drag or from keys, and where it is on the page. Pure.
import { equals } from "@bufbuild/protobuf";
import { type ChosenRegion, ChosenRegionSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { type Framing, filmPoint, type Point, type Size } from "./framing.ts";

/** In film pixels; the end is one past the last. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** What a region is for: its tiles come first, or nothing else is rendered. */
export type RegionRole = "first" | "alone";

export interface NamedRegion extends Region {
  readonly role: RegionRole;
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

/** The middle of what is seen of the film: where keys begin. `page`: the canvas. */
export function middleRegion(framing: Framing, { width, height }: Size, window: FilmWindow): Region | undefined {
  const at = (share: number) => filmPoint(framing, { x: share * width, y: share * height });
  const seen = regionOf(at(0), at(1), window);
  if (seen === undefined) return undefined;
  const { x0, y0, x1, y1 } = seen;
  const part = (share: number) => ({ x: x0 + share * (x1 - x0), y: y0 + share * (y1 - y0) });
  return regionOf(part(0.25), part(0.75), window);
}

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** A key moves it within what is rendered, or its lower right corner. undefined: the key does neither. */
export function nudged(region: Region, key: string, doesResize: boolean, window: FilmWindow): Region | undefined {
  const arrow = arrows[key];
  if (arrow === undefined) return undefined;
  const stepPx = Math.max(1, Math.round(Math.max(window.width, window.height) / 64));
  const [x, y] = [arrow.x * stepPx, arrow.y * stepPx];
  const { x0, y0, x1, y1 } = region;
  const [right, lower] = [window.x + window.width, window.y + window.height];
  if (doesResize)
    return { x0, y0, x1: Math.min(right, Math.max(x0 + 1, x1 + x)), y1: Math.min(lower, Math.max(y0 + 1, y1 + y)) };
  const movedX = Math.max(window.x - x0, Math.min(right - x1, x));
  const movedY = Math.max(window.y - y0, Math.min(lower - y1, y));
  return { x0: x0 + movedX, y0: y0 + movedY, x1: x1 + movedX, y1: y1 + movedY };
}

/** For screen readers. */
export function regionText({ x0, y0, x1, y1 }: Region): string {
  return `${x1 - x0} by ${y1 - y0} pixels at ${x0}, ${y0}`;
}

/** What the session says before and after: the same, for the same, and of the same user; whether it is done is no matter. */
export function sameRegion(one: ChosenRegion | undefined, other: ChosenRegion | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return equals(ChosenRegionSchema, { ...one, done: false }, { ...other, done: false });
}

/** What it is for, and whose it is for those who did not choose it. `own`: this page's name. */
export function chooserText({ editor, alone, done }: ChosenRegion, own: string): string {
  const purpose = alone ? "Only this" : "First";
  const chosen = editor === "" || editor === own ? purpose : `${purpose}, chosen by ${editor}`;
  return done ? `${chosen}: done` : chosen;
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
