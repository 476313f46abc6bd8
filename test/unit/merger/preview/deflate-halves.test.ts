// Half-float planes as raw deflate: what any inflate gives back.
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { deflateHalves } from "../../../../merger/preview/deflate-halves.ts";

it("any bytes, low ones before high ones -> inflated, the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (half) => {
      const bytes = new Uint8Array([...half, ...half.toReversed()]);
      expect(new Uint8Array(inflateRawSync(deflateHalves(bytes)))).toEqual(bytes);
    }),
  );
});

it("more low bytes than a stored block holds -> inflated, the same", () => {
  for (const lowSizeBytes of [0xffff, 0x10000, 200_001]) {
    const bytes = Uint8Array.from({ length: 2 * lowSizeBytes }, (_, at) => (at < lowSizeBytes ? at * 7919 : 0x3c));
    const deflated = deflateHalves(bytes);
    expect(inflateRawSync(deflated).equals(bytes)).toBe(true);
    expect(deflated.length).toBeLessThan(lowSizeBytes + 2000);
  }
});
