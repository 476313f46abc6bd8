// What the user chooses to see.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../../../proto/limits.ts";
import {
  changed,
  exposureStopsMax,
  gammaMax,
  gammaMin,
  initialChoices,
  mayBePicture,
  neighbour,
  snapshotName,
  wishedOutputs,
  withPlainDisplay,
} from "../../../../viewer/state/view-choices.ts";

describe("a change of what is seen", () => {
  it("any exposure, gamma and wipe -> within their ranges", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b, c) => {
        const { exposureStops, gamma, wipe } = changed(initialChoices, { exposureStops: a, gamma: b, wipe: c });
        expect(Math.abs(exposureStops)).toBeLessThanOrEqual(exposureStopsMax);
        expect(gamma).toBeGreaterThanOrEqual(gammaMin);
        expect(gamma).toBeLessThanOrEqual(gammaMax);
        expect(wipe).toBeGreaterThanOrEqual(0);
        expect(wipe).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("ten steps of gamma by a tenth -> two, not nearly two", () => {
    let choices = initialChoices;
    for (let step = 0; step < 10; step++) choices = changed(choices, { gamma: choices.gamma + 0.1 });
    expect(choices.gamma).toBe(2);
  });

  it("an output compared with itself -> compared with nothing", () => {
    const choices = changed(initialChoices, { compared: "normal" });
    expect(changed(choices, { output: "normal" }).compared).toBeUndefined();
  });

  it("the display made plain -> output and comparison stay", () => {
    const choices = changed(initialChoices, { output: "albedo", exposureStops: 3, gamma: 2, tone: "filmic" });
    expect(withPlainDisplay(choices)).toEqual({ ...initialChoices, output: "albedo" });
  });
});

describe("what has to be sent", () => {
  it("a comparison with an output -> both, as many as a viewer may have", () => {
    const outputs = wishedOutputs(changed(initialChoices, { compared: "error" }));
    expect(outputs).toEqual(["beauty", "error"]);
    expect(outputs.length).toBeLessThanOrEqual(limits.previewOutputsMax);
  });

  it("a comparison with the snapshot -> the output alone: the snapshot is here", () => {
    expect(wishedOutputs(changed(initialChoices, { compared: snapshotName }))).toEqual(["beauty"]);
  });

  it("colours as they are -> a picture would do; numbers to be looked at -> not", () => {
    expect(mayBePicture(initialChoices)).toBe(true);
    expect(mayBePicture(changed(initialChoices, { exposureStops: 2, tone: "filmic" }))).toBe(true);
    for (const change of [
      { tone: "false-color" },
      { channel: "g" },
      { output: "depth" },
      { compared: "samples" },
    ] as const)
      expect(mayBePicture(changed(initialChoices, change))).toBe(false);
  });
});

it("neighbours -> round and round, both ways", () => {
  expect(neighbour(["a", "b", "c"], "c", 1)).toBe("a");
  expect(neighbour(["a", "b", "c"], "a", -1)).toBe("c");
});
