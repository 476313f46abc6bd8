import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger } from "../../../merger/ledger.ts";
import type { PixelRect } from "../../../proto/rect.ts";
import { quarters, tileRect, tilingOf } from "../../../proto/tiling.ts";

const tiling = tilingOf({ x0: 0, y0: 0, x1: 40, y1: 24 }, 16);
const tile0 = tileRect(tiling, 0);

/** Cuts `rect` as the choices say: 0 leaves it whole, else its quarters are cut with what remains. */
function cut(rect: PixelRect, choices: Iterator<number>, depth = 0): PixelRect[] {
  const choice = choices.next().value ?? 0;
  if (choice % 3 !== 0 || depth > 2) return [rect];
  return quarters(rect).flatMap((part) => cut(part, choices, depth + 1));
}

describe("ledger", () => {
  it("a fresh tile → one region without samples, and nothing contiguous", () => {
    const ledger = new Ledger(tiling);
    expect(ledger.regions(0)).toEqual([{ rect: tile0, ranges: [] }]);
    expect(ledger.contiguousSpp(0)).toBe(0);
    expect(ledger.coverage(0, tile0, 0, 4)).toBe("none");
  });

  it("a range with a gap before it counts only after the gap is filled", () => {
    const ledger = new Ledger(tiling);
    ledger.record(0, tile0, 4, 8);
    expect(ledger.contiguousSpp(0)).toBe(0);
    expect(ledger.isExactly(0, 8)).toBe(false);
    ledger.record(0, tile0, 0, 4);
    expect(ledger.contiguousSpp(0)).toBe(8);
    expect(ledger.isExactly(0, 8)).toBe(true);
  });

  it("a quarter that is behind holds the tile back, and the tile is whole again once it has caught up", () => {
    const ledger = new Ledger(tiling);
    const [first, ...rest] = quarters(tile0);
    ledger.record(0, tile0, 0, 4);
    ledger.record(0, first, 4, 8);
    expect(ledger.contiguousSpp(0)).toBe(4);
    expect(ledger.coverage(0, tile0, 4, 8)).toBe("partial");
    expect(ledger.regions(0)).toHaveLength(4);
    for (const part of rest) ledger.record(0, part, 4, 8);
    expect(ledger.regions(0)).toEqual([{ rect: tile0, ranges: [{ begin: 0, end: 8 }] }]);
  });

  it("a rectangle that is no quarter of its tile is misplaced", () => {
    const ledger = new Ledger(tiling);
    const odd = [
      { x0: 1, y0: 0, x1: 9, y1: 8 },
      { x0: 0, y0: 0, x1: 16, y1: 8 },
      { x0: 0, y0: 0, x1: 17, y1: 16 },
      { x0: 4, y0: 4, x1: 4, y1: 4 },
      { x0: 8, y0: 8, x1: 0, y1: 0 },
      tileRect(tiling, 1),
    ];
    for (const rect of odd) expect(ledger.coverage(0, rect, 0, 1)).toBe("misplaced");
    expect(ledger.coverage(99, tile0, 0, 1)).toBe("misplaced");
    expect(ledger.coverage(0, { x0: 15, y0: 15, x1: 16, y1: 16 }, 0, 1)).toBe("none");
  });

  it("recording twice, or removing what is not there, is a mistake of the caller", () => {
    const ledger = new Ledger(tiling);
    ledger.record(0, tile0, 0, 4);
    expect(() => ledger.record(0, tile0, 0, 4)).toThrow(RangeError);
    expect(() => ledger.record(0, tile0, 2, 6)).toThrow(RangeError);
    expect(() => ledger.remove(0, tile0, 2, 6)).toThrow(RangeError);
    ledger.remove(0, tile0, 2, 4);
    expect(ledger.regions(0)).toEqual([{ rect: tile0, ranges: [{ begin: 0, end: 2 }] }]);
  });

  it("any partition in any order gives the same regions", () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat(8)),
        fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (choices, cuts, keys) => {
          const bounds = [0, ...cuts.sort((a, b) => a - b), 32];
          const pieces = bounds
            .slice(1)
            .flatMap((end, at) =>
              cut(tile0, choices).map((rect) => ({ rect, begin: bounds[at], end, key: keys.next().value ?? 0 })),
            );
          const ledger = new Ledger(tiling);
          for (const { rect, begin, end } of pieces.sort((a, b) => a.key - b.key)) {
            expect(ledger.coverage(0, rect, begin, end)).toBe("none");
            ledger.record(0, rect, begin, end);
            expect(ledger.coverage(0, rect, begin, end)).toBe("all");
          }
          expect(ledger.regions(0)).toEqual([{ rect: tile0, ranges: [{ begin: 0, end: 32 }] }]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
