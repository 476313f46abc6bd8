// Radiance pictures made by hand: values, run lengths, orientations, header variables, and every way to break off.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRadiance, RadianceFault } from "../../../../../node-agent/scene/environment/radiance.ts";

const sidePxMax = 16_384;

function hdr(resolution: string, body: readonly number[], header = "FORMAT=32-bit_rle_rgbe"): Uint8Array {
  return Buffer.concat([Buffer.from(`#?RADIANCE\n${header}\n\n${resolution}\n`), Uint8Array.from(body)]);
}

/** A pixel whose red is `value` (a small integer), exponent 136: mantissas are values. */
const pixel = (value: number) => [value, 0, 0, 136];
const reds = (pixels: Float32Array) => [...pixels].filter((_, i) => i % 3 === 0);

describe("values", () => {
  it("mantissa and exponent → mantissa · 2^(exponent − 136), exactly; exponent 0 → black", () => {
    const { pixels, widthPx, heightPx } = decodeRadiance(
      hdr("-Y 1 +X 3", [128, 64, 1, 129, 255, 3, 7, 140, 9, 9, 9, 0]),
      sidePxMax,
    );
    expect([widthPx, heightPx]).toEqual([3, 1]);
    expect([...pixels]).toEqual([1, 0.5, 1 / 128, 255 * 16, 48, 112, 0, 0, 0]);
  });

  it("EXPOSURE twice and COLORCORR → divided out", () => {
    const header = "FORMAT=32-bit_rle_rgbe\nEXPOSURE=2\nEXPOSURE= 4\nCOLORCORR= 1 2 4";
    const { pixels } = decodeRadiance(hdr("-Y 1 +X 1", [64, 64, 64, 136], header), sidePxMax);
    expect([...pixels]).toEqual([8, 4, 2]);
  });

  it("XYZE of D65 white → equal r, g and b", () => {
    const { pixels } = decodeRadiance(hdr("-Y 1 +X 1", [223, 234, 255, 136], "FORMAT=32-bit_rle_xyze"), sidePxMax);
    for (const k of [0, 2]) expect(Math.abs(pixels[k]! / pixels[1]! - 1)).toBeLessThan(0.02);
    expect(pixels[1]).toBeGreaterThan(200);
  });
});

describe("orientations", () => {
  // The picture   1 2 3 / 4 5 6   as a file of each orientation holds it.
  it.each<[string, readonly number[]]>([
    ["-Y 2 +X 3", [1, 2, 3, 4, 5, 6]],
    ["-Y 2 -X 3", [3, 2, 1, 6, 5, 4]],
    ["+Y 2 +X 3", [4, 5, 6, 1, 2, 3]],
    ["+Y 2 -X 3", [6, 5, 4, 3, 2, 1]],
    ["+X 3 -Y 2", [1, 4, 2, 5, 3, 6]],
    ["+X 3 +Y 2", [4, 1, 5, 2, 6, 3]],
    ["-X 3 -Y 2", [3, 6, 2, 5, 1, 4]],
    ["-X 3 +Y 2", [6, 3, 5, 2, 4, 1]],
  ])("%s → the same upright picture", (resolution, stored) => {
    const picture = decodeRadiance(hdr(resolution, stored.flatMap(pixel)), sidePxMax);
    expect([picture.widthPx, picture.heightPx]).toEqual([3, 2]);
    expect(reds(picture.pixels)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("run lengths", () => {
  it("new run lengths: runs and literals per component → the pixels", () => {
    const line = [2, 2, 0, 10, 128 + 10, 5, 4, 1, 2, 3, 4, 128 + 6, 9, 128 + 10, 0, 128 + 10, 136];
    const { pixels } = decodeRadiance(hdr("-Y 2 +X 10", [...line, ...line]), sidePxMax);
    expect(reds(pixels)).toEqual(new Array(20).fill(5));
    expect([...pixels.subarray(30)].filter((_, i) => i % 3 === 1)).toEqual([1, 2, 3, 4, 9, 9, 9, 9, 9, 9]);
  });

  it("old run lengths: repeats, also in 256ths → the pixels", () => {
    const body = [...pixel(7), 1, 1, 1, 3, 1, 1, 1, 1, ...pixel(8)];
    const { pixels } = decodeRadiance(hdr("-Y 1 +X 261", body), sidePxMax);
    expect(reds(pixels)).toEqual([...new Array(260).fill(7), 8]);
  });
});

describe("broken files", () => {
  it.each<[string, Uint8Array]>([
    ["empty", new Uint8Array(0)],
    ["without its magic", Buffer.from("RADIANCE\n\n-Y 1 +X 1\n")],
    ["without an end of the header", Buffer.from("#?RADIANCE\nFORMAT=32-bit_rle_rgbe")],
    ["of another format", hdr("-Y 1 +X 1", pixel(1), "FORMAT=32-bit_ieee")],
    ["with a resolution line that is none", hdr("-Y 1 -Y 1", pixel(1))],
    ["without pixels", hdr("-Y 0 +X 1", [])],
    ["with an absurd size", hdr("-Y 99999999 +X 99999999", pixel(1))],
    ["with a large size and no bytes", hdr("-Y 16384 +X 16384", pixel(1))],
    ["with a scanline that breaks off", hdr("-Y 1 +X 2", pixel(1))],
    ["with a scanline of another length", hdr("-Y 1 +X 8", [2, 2, 0, 9, 136, 1])],
    ["with a run over the end", hdr("-Y 1 +X 8", [2, 2, 0, 8, 128 + 9, 1])],
    ["with a run of nothing", hdr("-Y 1 +X 8", [2, 2, 0, 8, 0, 0])],
    ["that repeats before its first pixel", hdr("-Y 1 +X 2", [1, 1, 1, 2, 0, 0, 0, 0])],
    ["with an exposure of 0", hdr("-Y 1 +X 1", pixel(1), "EXPOSURE=0")],
  ])("a file %s → a RadianceFault", (_, bytes) => {
    expect(() => decodeRadiance(bytes, sidePxMax)).toThrow(RadianceFault);
  });

  it("random bytes after a good header → pixels or a RadianceFault", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(255), { maxLength: 300 }),
        (w, h, body) => {
          try {
            const { pixels } = decodeRadiance(hdr(`-Y ${h} +X ${w}`, body), sidePxMax);
            expect(pixels).toHaveLength(w * h * 3);
          } catch (thrown) {
            if (!(thrown instanceof RadianceFault)) throw thrown;
          }
        },
      ),
    );
  });
});
