// Half-float planes as raw deflate: what any inflate gives back.
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { deflateHalves } from "../../../../merger/preview/deflate-halves.ts";
import { seededRandom } from "../../../bench/realistic-contributions.ts";

it("any bytes, low ones before high ones -> inflated, the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (half) => {
      const bytes = new Uint8Array([...half, ...half.toReversed()]);
      expect(new Uint8Array(inflateRawSync(deflateHalves(bytes)))).toEqual(bytes);
    }),
  );
});

it.each([
  ["noise", (random: number) => Math.floor(256 * random)],
  ["few frequent bytes", (random: number) => Math.floor(-6 * Math.log(1 - random)) & 0xff],
  ["runs of any length", (random: number, at: number) => (random < 0.01 ? 0x3c : Math.floor(at / 300))],
  ["one byte", () => 0x3c],
  // So that Huffman's own codes would have more bits than a code may have: each twice as frequent as the one before.
  ["very different frequencies", (random: number) => Math.floor(-Math.log2(1 - random * (1 - 2 ** -24)))],
])("high bytes that are %s -> inflated, the same", (_name, byteOf) => {
  const random = seededRandom(1);
  for (const highSizeBytes of [1025, 4096, 16_384, 300_000]) {
    const bytes = Uint8Array.from({ length: 2 * highSizeBytes }, (_, at) => byteOf(random(), at));
    expect(inflateRawSync(deflateHalves(bytes)).equals(bytes)).toBe(true);
  }
});

it("more low bytes than a stored block holds -> inflated, the same", () => {
  for (const lowSizeBytes of [0xffff, 0x10000, 200_001]) {
    const bytes = Uint8Array.from({ length: 2 * lowSizeBytes }, (_, at) => (at < lowSizeBytes ? at * 7919 : 0x3c));
    const deflated = deflateHalves(bytes);
    expect(inflateRawSync(deflated).equals(bytes)).toBe(true);
    expect(deflated.length).toBeLessThan(lowSizeBytes + 2000);
  }
});
