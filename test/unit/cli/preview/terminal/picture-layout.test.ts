// How large a film is in terminals of all sizes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pictureLayout } from "../../../../../cli/preview/terminal/picture-layout.ts";
import type { Graphics } from "../../../../../cli/preview/terminal/raster.ts";

const cell = { widthPx: 8, heightPx: 16 };
const film = { widthPx: 1280, heightPx: 720 };

describe("a picture's size in a terminal", () => {
  it("80×24 cells -> as wide or as high as there is room, with a line of progress below", () => {
    expect(pictureLayout({ graphics: "blocks", columns: 80, rows: 24, cell, film })).toEqual({
      ...{ widthPx: 78, heightPx: 44 },
      ...{ columns: 78, rows: 22 },
    });
    expect(pictureLayout({ graphics: "kitty", columns: 80, rows: 24, cell, film })).toEqual({
      ...{ widthPx: 625, heightPx: 352 },
      ...{ columns: 79, rows: 22 },
    });
    expect(pictureLayout({ graphics: "sixel", columns: 80, rows: 24, cell, film })?.heightPx).toBe(348);
  });

  it("cells of another shape -> the picture keeps its own", () => {
    const wide = { widthPx: 10, heightPx: 14 };
    const layout = pictureLayout({ graphics: "blocks", columns: 200, rows: 24, cell: wide, film });
    // A pixel is 10 wide and 7 high.
    expect(((layout?.widthPx ?? 0) * 10) / ((layout?.heightPx ?? 1) * 7)).toBeCloseTo(16 / 9, 1);
  });

  it("any terminal and film -> it fits, is not enlarged, and has its shape where it has pixels for it", () => {
    const spaces = fc.record({
      graphics: fc.constantFrom<Graphics>("kitty", "sixel", "blocks"),
      columns: fc.integer({ min: 1, max: 500 }),
      rows: fc.integer({ min: 1, max: 200 }),
      cell: fc.record({ widthPx: fc.integer({ min: 4, max: 30 }), heightPx: fc.integer({ min: 6, max: 60 }) }),
      film: fc.record({ widthPx: fc.integer({ min: 1, max: 9000 }), heightPx: fc.integer({ min: 1, max: 9000 }) }),
    });
    fc.assert(
      fc.property(spaces, (space) => {
        const layout = pictureLayout(space);
        if (layout === undefined) {
          expect(space.columns < 2 || space.rows < 3).toBe(true);
          return;
        }
        expect(layout.columns).toBeLessThan(space.columns);
        expect(layout.rows).toBeLessThan(space.rows - 1);
        expect(layout.widthPx).toBeLessThanOrEqual(space.film.widthPx);
        expect(layout.heightPx).toBeLessThanOrEqual(space.film.heightPx);
        expect(Math.min(layout.widthPx, layout.heightPx)).toBeGreaterThan(0);
      }),
    );
  });
});
