// A pixel in words.
import { expect, it } from "vitest";
import { numberText, valuesText } from "../../../../viewer/state/pixel-text.ts";

it("values of an output -> its channels by name, as exact as a half is", () => {
  expect(valuesText("beauty", [0.123456, 1.5, 65504, 1])).toBe("R 0.1235  G 1.5  B 65500  A 1");
  expect(valuesText("normal", [0, -1, 0.5, 1])).toBe("X 0  Y -1  Z 0.5");
});

it("one value -> no name; an id -> whole", () => {
  expect(valuesText("depth", [Number.POSITIVE_INFINITY, 0, 0, 0])).toBe("∞");
  expect(valuesText("id", [12, 12, 12, 1])).toBe("12");
});

it("what is no finite number -> said so", () => {
  expect([Number.NaN, Number.NEGATIVE_INFINITY].map((value) => numberText(value, true))).toEqual(["NaN", "−∞"]);
});
