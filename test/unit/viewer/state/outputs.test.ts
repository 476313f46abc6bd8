// Which outputs of a film the page offers, and what they are.
import { describe, expect, it } from "vitest";
import { outputOrder } from "../../../../proto/outputs.ts";
import { shownOutput, shownOutputs } from "../../../../viewer/state/outputs.ts";

describe("outputs to look at", () => {
  it("a film of all outputs -> the picture first, what is no picture left out, maps of samples last", () => {
    expect(shownOutputs(outputOrder, false)).toEqual([
      "beauty",
      "albedo",
      "normal",
      "depth",
      "position",
      "id",
      "samples",
      "error",
    ]);
  });

  it("where it can be denoised -> that beside the picture", () => {
    expect(shownOutputs(["beauty", "depth"], true)).toEqual(["beauty", "denoised", "depth", "samples", "error"]);
  });

  it("an output that this page does not know -> shown as colour by its own name", () => {
    expect(shownOutput("toString")).toEqual({ kind: "color", label: "toString", channels: ["R", "G", "B", "A"] });
  });
});
