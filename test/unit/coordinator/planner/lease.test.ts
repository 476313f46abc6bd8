// Leases: found by unit, dropped at both ends.
import { describe, expect, it } from "vitest";
import { newFrame } from "../../../../coordinator/planner/frame.ts";
import {
  dropLease,
  holdsSuspect,
  type Lease,
  leaseOf,
  newComputation,
  newPlannedUnit,
} from "../../../../coordinator/planner/lease.ts";
import { plannerSettings } from "../../../../coordinator/planner/settings.ts";

const cropWindow = { x0: 0, y0: 0, x1: 8, y1: 8 };
const [tile] = newFrame(plannerSettings({ cropWindow, tileSizePx: 8, budgetSpp: 1 }), 1).tiles;
const unit = { epoch: 1, tileIndex: 0, rect: cropWindow, sampleBegin: 0, sampleEnd: 1, stridePx: 1 };

describe("lease", () => {
  it("dropped -> neither its holder nor its unit knows it, and the held time is zero again", () => {
    const holder = newComputation("a", 2);
    const planned = newPlannedUnit(tile, unit);
    const times = { isStarted: false, isNext: false, startedAtMs: 0, overdueAtMs: 0, stuckAtMs: 0 };
    const lease: Lease = { planned, holder, predictedMs: 0.1, ...times };
    holder.held.push(lease);
    holder.heldThreadMs = 0.1 + 0.2 - 0.2;
    planned.leases.push(lease);
    expect(leaseOf(holder, { ...unit })).toBe(lease);
    expect(leaseOf(holder, { ...unit, sampleEnd: 2 })).toBeUndefined();
    expect(holdsSuspect(holder)).toBe(false);
    planned.crashCount = 1;
    expect(holdsSuspect(holder)).toBe(true);
    dropLease(lease);
    expect([holder.held, planned.leases, holder.heldThreadMs]).toEqual([[], [], 0]);
  });
});
