// PFM pictures.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromPfm, toPfm } from "../../../../merger/denoise/pfm.ts";

describe("a PFM picture", () => {
  it("of 2 × 2 pixels -> lower row first, red, green, blue of each pixel, little-endian", () => {
    const plane = (first: number) => new Float32Array([first, first + 1, first + 2, first + 3]);
    const bytes = toPfm({ widthPx: 2, heightPx: 2, planes: [plane(0), plane(10), plane(20)] });
    const header = "PF\n2 2\n-1.0\n";
    expect(Buffer.from(bytes).toString("latin1", 0, header.length)).toBe(header);
    const values = new Float32Array(bytes.slice(header.length).buffer);
    expect([...values]).toEqual([2, 12, 22, 3, 13, 23, 0, 10, 20, 1, 11, 21]);
  });

  it("written and read -> the same bits", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(sizes, fc.array(fc.float({ noNaN: true }), { minLength: 243, maxLength: 243 }), (size, values) => {
        const [widthPx, heightPx] = size;
        const plane = (at: number) => Float32Array.from(values.slice(at * 81, at * 81 + widthPx * heightPx));
        const planes = [plane(0), plane(1), plane(2)] as const;
        expect(fromPfm(toPfm({ widthPx, heightPx, planes }), widthPx, heightPx).planes).toEqual(planes);
      }),
    );
  });

  it.each([
    ["of another size", "PF\n2 1\n-1.0\n", 24],
    ["cut off", "PF\n1 1\n-1.0\n", 11],
    ["big-endian", "PF\n1 1\n1.0\n", 12],
    ["nothing", "", 0],
  ])("%s -> refused", (_, header, size) => {
    const bytes = Buffer.concat([Buffer.from(header), Buffer.alloc(size)]);
    expect(() => fromPfm(bytes, 1, 1)).toThrow("no PFM picture of 1×1");
  });
});
