// The picture that the fake renderer makes: an analytic gradient with noise, a function of (seed, pixel, sample index)
// alone, for every output there is. Pure.
import type { FilmChannel } from "../../../proto/film-spec.ts";

/** 32-bit finaliser of MurmurHash3 (Appleby, public domain) over three coordinates; uniform in [0, 1). */
export function noiseAt(seed: number, x: number, y: number, sampleIndex: number): number {
  let h =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
    Math.imul(x, 0xc2b2ae35) ^
    Math.imul(y, 0x27d4eb2f) ^
    Math.imul(sampleIndex, 0x165667b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

export interface FakeImage {
  readonly seed: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** 0: every sample of a pixel is equal. */
  readonly noise: number;
  /** What edits change of it: the blue of every pixel, 0 to 1. */
  readonly blue?: number;
}

/** One sample's value of one channel. The left tenth of the picture is background: alpha 0, depth +∞, id 0. */
export function fakeSample(image: FakeImage, channel: FilmChannel, x: number, y: number, sampleIndex: number): number {
  const noise = noiseAt(image.seed, x, y, sampleIndex);
  const covered = x >= image.widthPx / 10;
  const red = x / image.widthPx + image.noise * (noise - 0.5);
  const green = y / image.heightPx + image.noise * (noise - 0.5);
  const blue = image.blue ?? 0.5;
  const depth = covered ? 1 + Math.floor(noise * 4) : Number.POSITIVE_INFINITY;
  switch (channel.output) {
    case "beauty":
      return channel.channel === "R" ? red : channel.channel === "G" ? green : blue;
    case "alpha":
      return covered ? 1 : 0;
    case "luminance2":
      return (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** 2;
    case "albedo":
      return 0.5;
    case "normal":
      return channel.channel === "Z" ? 1 : 0;
    case "depth":
      return Math.fround(depth);
    case "position":
      return covered ? Math.fround(channel.channel === "X" ? x : channel.channel === "Y" ? y : -depth) : 0;
    case "id":
      return covered ? 1 + (Math.floor(noise * 8) % 3) : 0;
  }
}
