// From a drag on the page to the pixels that come first, and back to the page.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ChosenRegionSchema } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { filmPoint } from "../../../../viewer/state/framing.ts";
import {
  chooserText,
  middleRegion,
  nudged,
  placeOf,
  regionOf,
  regionText,
  sameRegion,
} from "../../../../viewer/state/region.ts";

const window = { x: 10, y: 20, width: 100, height: 50 };

it("a drag in any direction -> all pixels that it touched", () => {
  const region = { x0: 30, y0: 25, x1: 41, y1: 28 };
  expect(regionOf({ x: 30.2, y: 25.9 }, { x: 40.1, y: 27.5 }, window)).toEqual(region);
  expect(regionOf({ x: 40.1, y: 27.5 }, { x: 30.2, y: 25.9 }, window)).toEqual(region);
});

it("a drag beyond what is rendered -> what lies within; one outside, or a click between pixels -> none", () => {
  expect(regionOf({ x: -5, y: -5 }, { x: 900, y: 900 }, window)).toEqual({ x0: 10, y0: 20, x1: 110, y1: 70 });
  expect(regionOf({ x: 0, y: 0 }, { x: 9, y: 19 }, window)).toBeUndefined();
  expect(regionOf({ x: 50, y: 30 }, { x: 50, y: 30 }, window)).toBeUndefined();
});

it("a region on the page -> its corners are under the film's points", () => {
  const framing = { scale: 2.5, origin: { x: 7, y: -3 } };
  const { left, top, width, height } = placeOf({ x0: 4, y0: 6, x1: 14, y1: 8 }, framing);
  expect([width, height]).toEqual(["25px", "5px"]);
  expect(filmPoint(framing, { x: Number.parseFloat(left), y: Number.parseFloat(top) })).toEqual({ x: 4, y: 6 });
});

it("what comes first before and after -> the same only with the same pixels and the same name, or nothing both times", () => {
  const chosen = (x1: number, editor = "Ada") => create(ChosenRegionSchema, { rect: { x1, y1: 4 }, editor });
  expect(sameRegion(undefined, undefined)).toBe(true);
  expect(sameRegion(chosen(4), chosen(4))).toBe(true);
  const alone = { ...chosen(4), alone: true };
  for (const other of [undefined, chosen(5), chosen(4, "Bert"), alone])
    expect(sameRegion(chosen(4), other)).toBe(false);
  expect(sameRegion(alone, { ...alone, done: true })).toBe(true);
});

it("whose it is -> said of others' alone", () => {
  const chosen = (editor: string) => create(ChosenRegionSchema, { editor });
  expect(["Ada", "Bert", ""].map((editor) => chooserText(chosen(editor), "Ada"))).toEqual([
    "First",
    "First, chosen by Bert",
    "First",
  ]);
  const alone = create(ChosenRegionSchema, { editor: "Bert", alone: true });
  expect(chooserText(alone, "Bert")).toBe("Only this");
  expect(chooserText({ ...alone, done: true }, "Ada")).toBe("Only this, chosen by Bert: done");
});

it("keys begin in the middle of what is seen, also where it is a part of what is rendered; nothing is seen -> nowhere", () => {
  const page = { width: 400, height: 200 };
  expect(middleRegion({ scale: 1, origin: { x: 0, y: 0 } }, page, window)).toEqual({ x0: 35, y0: 32, x1: 85, y1: 58 });
  // Four times as large: film pixels from 60, 30 to 110 (the end of what is rendered), 70.
  expect(middleRegion({ scale: 4, origin: { x: -240, y: -120 } }, page, window)).toEqual({
    x0: 72,
    y0: 40,
    x1: 98,
    y1: 60,
  });
  expect(middleRegion({ scale: 1, origin: { x: 900, y: 0 } }, page, window)).toBeUndefined();
});

it("arrows -> move it, or its lower right corner, and never out of what is rendered nor to nothing", () => {
  const region = { x0: 12, y0: 22, x1: 20, y1: 30 };
  expect(nudged(region, "ArrowRight", false, window)).toEqual({ ...region, x0: 14, x1: 22 });
  expect(nudged(region, "ArrowDown", true, window)).toEqual({ ...region, y1: 32 });
  expect(nudged({ ...region, x1: 13 }, "ArrowLeft", true, window)).toEqual({ ...region, x1: 13 });
  expect(nudged({ ...region, x0: 11 }, "ArrowLeft", false, window)).toEqual({ ...region, x0: 10, x1: 19 });
  expect(nudged({ ...region, y1: 69 }, "ArrowDown", true, window)).toEqual({ ...region, y1: 70 });
  expect(nudged({ ...region, x1: 110 }, "ArrowRight", false, window)).toEqual({ ...region, x1: 110 });
  expect(nudged(region, "Enter", false, window)).toBeUndefined();
  expect(regionText(region)).toBe("8 by 8 pixels at 12, 22");
});
