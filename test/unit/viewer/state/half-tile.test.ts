// Preview tiles as the page's textures take them.
import { describe, expect, it } from "vitest";
import { halfTile } from "../../../../viewer/state/half-tile.ts";

/** Planes of half-float bits, low bytes first. */
function content(planes: readonly (readonly number[])[]): Uint8Array {
  const values = planes.flat();
  return Uint8Array.from([...values.map((value) => value & 255), ...values.map((value) => value >> 8)]);
}

describe("a half-float tile", () => {
  it("four planes -> pixels of four channels in rows", () => {
    const { pixels } = halfTile(
      content([
        [1, 2],
        [3, 4],
        [5, 6],
        [0x3c00, 0x3800],
      ]),
      2,
      1,
      4,
    );
    expect([...pixels]).toEqual([1, 3, 5, 0x3c00, 2, 4, 6, 0x3800]);
  });

  it("one plane -> grey, opaque; three -> opaque", () => {
    expect([...halfTile(content([[0x1234]]), 1, 1, 1).pixels]).toEqual([0x1234, 0x1234, 0x1234, 0x3c00]);
    expect([...halfTile(content([[1], [2], [3]]), 1, 1, 3).pixels]).toEqual([1, 2, 3, 0x3c00]);
  });

  it("another number of bytes, or of channels -> refused", () => {
    expect(() => halfTile(new Uint8Array(7), 1, 1, 4)).toThrow(RangeError);
    expect(() => halfTile(new Uint8Array(4), 1, 1, 2)).toThrow(RangeError);
  });
});
