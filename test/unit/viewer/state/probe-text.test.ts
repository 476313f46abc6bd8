// What the film holds of a pixel, in words.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ProbeReplySchema } from "../../../../proto/gen/arras/v1/look_pb.ts";
import { filmValuesText, probeRows } from "../../../../viewer/state/probe-text.ts";

const film = {
  sampleCount: 16,
  error: 0.0123456,
  outputs: [
    { output: "beauty", values: [0.25, 0.5, 1] },
    { output: "alpha", values: [0.75] },
    { output: "depth", values: [3.5] },
  ],
};
const texts = (...probed: Parameters<typeof probeRows>) =>
  probeRows(...probed).map(({ name, text }) => `${name} ${text}`);

it("a pixel that is known -> its samples, error and object", () => {
  const probed = create(ProbeReplySchema, { film, isObjectKnown: true, object: "chair" });
  expect(texts(probed)).toEqual(["Samples 16", "Error 0.01235", "Object chair"]);
  expect(texts(create(ProbeReplySchema, { film, isObjectKnown: true }))[2]).toBe("Object nothing");
});

it("not known yet, too few samples for an error, an object that nobody knows -> a dash, never a number", () => {
  expect(texts(undefined)).toEqual(["Samples –", "Error –", "Object –"]);
  const first = { ...film, sampleCount: 1, error: Number.POSITIVE_INFINITY };
  expect(texts(create(ProbeReplySchema, { film: first }))).toEqual(["Samples 1", "Error –", "Object –"]);
});

it("a picture without numbers -> the film's; none before its first sample", () => {
  const probed = create(ProbeReplySchema, { film });
  expect(filmValuesText("beauty", probed)).toBe("R 0.25  G 0.5  B 1  A 0.75");
  expect(filmValuesText("depth", probed)).toBe("3.5");
  expect(filmValuesText("denoised", probed)).toBeUndefined();
  expect(filmValuesText("beauty", create(ProbeReplySchema, { film: { ...film, sampleCount: 0 } }))).toBeUndefined();
});
