// What a denoiser is given of a film.
import { describe, expect, it } from "vitest";
import { denoisedPlanes, denoiserText } from "../../../../merger/denoise/denoiser.ts";
import { resolve } from "../../../../merger/resolve.ts";
import { filmOutputs } from "../../../../proto/outputs.ts";
import { FakeDenoiser } from "../../../fakes/fake-denoiser.ts";
import { filmOf } from "./noisy-film.ts";

const never = new AbortController().signal;

describe("denoising a film", () => {
  it("colours come back, alpha is the film's, and it is said what made them", async () => {
    const film = filmOf([]);
    const { planes, denoiser } = await denoisedPlanes(film, new FakeDenoiser(), true, never);
    const { channels } = resolve(film, ["beauty", "alpha"]);
    expect(planes[0]).toEqual(channels[0]?.values.map((value) => value / 2));
    expect(planes[3]).toEqual(channels[3]?.values);
    expect(denoiser).toBe("Fake Denoiser 1.0, without albedo and normal (--aov albedo,normal)");
  });

  it("albedo and normal are given where the film has them; the normal never alone", async () => {
    const given = async (...aovs: ("albedo" | "normal")[]) => {
      const denoiser = new FakeDenoiser();
      await denoisedPlanes(filmOf(aovs), denoiser, true, never);
      return Object.keys(denoiser.asked[0]?.picture ?? {});
    };
    expect(await given("albedo", "normal")).toEqual(["color", "albedo", "normal"]);
    expect(await given("albedo")).toEqual(["color", "albedo"]);
    expect(await given("normal")).toEqual(["color"]);
    expect(denoiserText(new FakeDenoiser(), filmOutputs(["albedo", "normal"]))).toMatch(/with albedo and normal$/);
  });
});
