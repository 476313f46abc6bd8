// Fingers on the picture.
import { expect, it } from "vitest";
import { Touches } from "../../../../viewer/state/touches.ts";

it("one pointer -> pans; one that is not down -> nothing", () => {
  const touches = new Touches();
  expect(touches.moved(1, { x: 5, y: 5 })).toBeUndefined();
  touches.began(1, { x: 10, y: 10 });
  expect(touches.moved(1, { x: 13, y: 6 })).toMatchObject({ by: { x: 3, y: -4 }, zoom: 1 });
  touches.ended(1);
  expect(touches.moved(1, { x: 0, y: 0 })).toBeUndefined();
});

it("two fingers, twice as far apart -> twice as large, round the middle between them", () => {
  const touches = new Touches();
  touches.began(1, { x: 0, y: 0 });
  touches.began(2, { x: 100, y: 0 });
  expect(touches.moved(2, { x: 200, y: 0 })).toEqual({
    by: { x: 50, y: 0 },
    zoom: 2,
    middle: { x: 50, y: 0 },
    isPinch: true,
  });
});

it("two fingers on one place -> no zoom", () => {
  const touches = new Touches();
  touches.began(1, { x: 4, y: 4 });
  touches.began(2, { x: 4, y: 4 });
  expect(touches.moved(2, { x: 8, y: 4 })?.zoom).toBe(1);
});
