// Frame: tiles, cells, and when a tile is settled.
import { describe, expect, it } from "vitest";
import {
  cellsIn,
  type Frame,
  isSettled,
  limitSpp,
  newFrame,
  splitCell,
} from "../../../../coordinator/planner/frame.ts";
import { newPlannedUnit } from "../../../../coordinator/planner/lease.ts";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";

const cropWindow = { x0: 10, y0: 0, x1: 70, y1: 40 };

function frame(targetError?: number): Frame {
  const adaptive = targetError === undefined ? {} : { targetError, minSpp: 4 };
  return newFrame(plannerSettings({ cropWindow, tileSizePx: 32, budgetSpp: 16, ...adaptive }), 16);
}

describe("frame", () => {
  it("a crop window -> its tiles, clipped, each one cell, covering every pixel", () => {
    const { tiles, pixelCount, order } = frame();
    expect(tiles.length).toBe(6);
    expect(order.map((tileIndex) => tiles[tileIndex].rank)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tiles.reduce((sum, tile) => sum + tile.areaPx, 0)).toBe(pixelCount);
    expect(pixelCount).toBe(2400);
  });

  it("a tile -> settled when all is cut and nothing is outstanding; adaptive: when converged too", () => {
    const plain = frame();
    const [tile] = plain.tiles;
    expect(isSettled(plain, tile)).toBe(false);
    tile.cells[0].cutEnd = 16;
    expect(isSettled(plain, tile)).toBe(true);
    const unit = { epoch: 1, tileIndex: 0, rect: tile.rect, sampleBegin: 0, sampleEnd: 1, stridePx: 1 };
    tile.outstanding.push(newPlannedUnit(tile, unit));
    expect(isSettled(plain, tile)).toBe(false);
    const adaptive = frame(0.1);
    expect(limitSpp(adaptive, adaptive.tiles[0])).toBe(4);
    adaptive.tiles[0].cells[0].cutEnd = 4;
    expect(isSettled(adaptive, adaptive.tiles[0])).toBe(false);
    adaptive.tiles[0].isConverged = true;
    expect(isSettled(adaptive, adaptive.tiles[0])).toBe(true);
  });

  it("a cell is split, one part becomes a hole -> the others stay due, the hole only below its first missing sample", () => {
    const { tiles } = frame();
    const tile = tiles[1];
    tile.cells[0].cutEnd = 3;
    const parts = splitCell(tile, tile.rect);
    expect(parts.map((part) => part.cutEnd)).toEqual([3, 3, 3, 3]);
    expect(splitCell(tile, tile.rect)).toEqual([]);
    parts[0].state = "hole";
    parts[0].holeFrom = 2;
    expect(cellsIn(tile, tile.rect, 2).holes).toEqual([parts[0]]);
    expect(cellsIn(tile, tile.rect, 1).due).toEqual(parts);
    expect(cellsIn(tile, parts[1].rect, 5)).toEqual({ due: [parts[1]], holes: [] });
  });

  it("all cells are holes -> settled", () => {
    const plain = frame();
    plain.tiles[0].cells[0].state = "hole";
    expect(isSettled(plain, plain.tiles[0])).toBe(true);
  });
});
