// The planner's state: queues in even order, and the count of open tiles.
import { describe, expect, it } from "vitest";
import { newPlannedUnit } from "../../../../coordinator/planner/lease.ts";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";
import { newPlannerState, requeue, retire, settle } from "../../../../coordinator/planner/state.ts";
import { evenTileOrder } from "../../../../coordinator/planner/tile-order.ts";

const settings = plannerSettings({ cropWindow: { x0: 0, y0: 0, x1: 64, y1: 64 }, tileSizePx: 16, budgetSpp: 2 });

describe("planner state", () => {
  it("new -> every tile waits for its coarse unit and every cell for its first sample, in even order", () => {
    const state = newPlannerState(settings);
    const coarse = Array.from({ length: 16 }, () => state.coarseTiles.shift()?.index);
    const cells = Array.from({ length: 16 }, () => state.cells.take()?.tile.index);
    expect(coarse).toEqual(evenTileOrder(4, 4));
    expect(cells).toEqual(evenTileOrder(4, 4));
  });

  it("queued again with a region -> its tiles come first", () => {
    const state = newPlannerState(settings);
    state.region = { x0: 0, y0: 0, x1: 17, y1: 1 };
    requeue(state);
    expect([state.coarseTiles.shift()?.index, state.coarseTiles.shift()?.index].sort()).toEqual([0, 1]);
    expect([state.cells.take()?.tile.index, state.cells.take()?.tile.index].sort()).toEqual([0, 1]);
  });

  it("a tile's last unit is retired -> one open tile less, counted once", () => {
    const state = newPlannerState(settings);
    const [tile] = state.frame.tiles;
    tile.cells[0].cutEnd = 2;
    const unit = { epoch: 1, tileIndex: 0, rect: tile.rect, sampleBegin: 0, sampleEnd: 2, stridePx: 1 };
    const planned = newPlannedUnit(tile, unit);
    tile.outstanding.push(planned);
    settle(state, tile);
    expect(state.openTileCount).toBe(16);
    retire(state, planned);
    retire(state, planned);
    settle(state, tile);
    settle(state, tile);
    expect(state.openTileCount).toBe(15);
  });
});
