// Pointers that are down on the picture: one pans, two pan and zoom.
import type { Point } from "./framing.ts";

export interface Moved {
  readonly by: Point;
  /** 1: none. */
  readonly zoom: number;
  readonly isPinch: boolean;
  /** What stays where it is under the zoom: between the fingers. */
  readonly middle: Point;
}

export class Touches {
  readonly #places = new Map<number, Point>();

  began(pointerId: number, at: Point): void {
    this.#places.set(pointerId, at);
  }

  ended(pointerId: number): void {
    this.#places.delete(pointerId);
  }

  /** undefined: that one is not down. */
  moved(pointerId: number, to: Point): Moved | undefined {
    if (!this.#places.has(pointerId)) return undefined;
    const before = this.#shape();
    this.#places.set(pointerId, to);
    const after = this.#shape();
    return {
      by: { x: after.middle.x - before.middle.x, y: after.middle.y - before.middle.y },
      zoom: before.span > 0 && after.span > 0 ? after.span / before.span : 1,
      isPinch: this.#places.size > 1,
      middle: before.middle,
    };
  }

  /** `span`: between the first two; 0 with one alone. */
  #shape(): { readonly middle: Point; readonly span: number } {
    const [first = { x: 0, y: 0 }, second] = this.#places.values();
    if (second === undefined) return { middle: first, span: 0 };
    return {
      middle: { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 },
      span: Math.hypot(second.x - first.x, second.y - first.y),
    };
  }
}
