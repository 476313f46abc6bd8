import { describe, expect, it } from "vitest";
import { filmMemoryBytes, requireFilmFits } from "../../../coordinator/film-memory.ts";
import type { FilmSpec } from "../../../proto/film-spec.ts";
import { filmOutputs, outputOrder } from "../../../proto/outputs.ts";

function film(widthPx: number, heightPx: number, outputs = filmOutputs([])): FilmSpec {
  const cropWindow = { x0: 0, y0: 0, x1: widthPx, y1: heightPx };
  return { widthPx, heightPx, cropWindow, tileSizePx: 64, outputs, maxSpp: 4096 };
}

describe("the memory of a film", () => {
  it("4K with every output → within a tenth of what was measured", () => {
    const measuredBytes = 1_489_784 * 1024;
    const ratio = filmMemoryBytes(film(3840, 2160, [...outputOrder])) / measuredBytes;
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.15);
  });

  it("a crop → only its pixels count", () => {
    const whole = film(16_000, 4_000);
    const crop = { ...whole, cropWindow: { x0: 100, y0: 100, x1: 101, y1: 101 } };
    expect(filmMemoryBytes(crop)).toBeLessThan(filmMemoryBytes(whole) / 10);
  });

  it("4K with every output fits the default definitions; 8K does not and says what it needs, and where", () => {
    const merge = { name: "merge", memoryMB: 2048 };
    requireFilmFits(film(3840, 2160, [...outputOrder]), merge);
    const tooLarge = () => requireFilmFits(film(7680, 4320), merge);
    expect(tooLarge).toThrow(expect.objectContaining({ code: "resources-insufficient", exitCode: 2 }));
    expect(tooLarge).toThrow(/7680×4320 pixels .* needs about \d+ MB; merge has 2048 MB/);
  });
});
