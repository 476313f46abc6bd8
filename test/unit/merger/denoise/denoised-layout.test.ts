// The file of a denoised picture.
import { expect, it } from "vitest";
import { denoisedLayout } from "../../../../merger/denoise/denoised-layout.ts";
import { filmOf } from "./noisy-film.ts";

it("a denoised picture -> a part of that name that says what made it, without the film's hash", () => {
  const film = filmOf([]);
  const plane = (value: number) => new Float32Array(512).fill(value);
  const options = { parts: "multi", colorType: "half", compression: "zip", tileSizePx: 0 } as const;
  const made = { planes: [plane(1), plane(2), plane(3), plane(4)] as const, denoiser: "Fake 1.0" };
  const [part, ...others] = denoisedLayout(film, { software: "arras", filmSha256: "abc" }, options, made);
  expect(others).toEqual([]);
  expect(part).toMatchObject({ name: "denoised", compression: "zip", storage: { t: "scanline" } });
  expect(part?.channels.map(({ name, values }) => [name, values[0]])).toEqual([
    ["R", 1],
    ["G", 2],
    ["B", 3],
    ["A", 4],
  ]);
  expect(part?.attributes).toContainEqual({ name: "arras/denoiser", t: "string", value: "Fake 1.0" });
  expect(part?.attributes.some(({ name }) => name === "arras/filmSha256")).toBe(false);
});
