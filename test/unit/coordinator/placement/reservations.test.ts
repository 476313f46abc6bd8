import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Placement, placeSession } from "../../../../coordinator/placement/placement.ts";
import { type Reservation, ReservationLedger } from "../../../../coordinator/placement/reservations.ts";
import { mcrts, merge, node } from "./placement-fixtures.ts";

const nodes = [node("a", { memoryMB: 1000, cores: 4 }), node("b", { memoryMB: 1000, cores: 4, coresPolicy: "shared" })];

function reservation(sessionId: string, computation: string, nodeId: string, memoryMB: number, cores = 0): Reservation {
  return { sessionId, computation, nodeId, memoryMB, cores };
}

describe("the ledger of reservations", () => {
  it("takes all or none: one that does not fit gives back those before it", () => {
    const ledger = new ReservationLedger();
    const two = [reservation("s", "x", "a", 600), reservation("s", "y", "a", 600)];
    expect(() => ledger.reserve(two, nodes)).toThrow("600 MB of memory is no longer there for y");
    expect(ledger.freeMemoryMB(nodes[0])).toBe(1000);
    expect(ledger.ofSession("s")).toEqual([]);
  });

  it("counts cores where they are exclusive and not where they are shared", () => {
    const ledger = new ReservationLedger();
    ledger.reserve([reservation("s", "x", "a", 1, 3), reservation("s", "y", "b", 1, 4)], nodes);
    expect(nodes.map((each) => ledger.freeCores(each))).toEqual([1, 4]);
    expect(() => ledger.reserve([reservation("s", "z", "a", 1, 2)], nodes)).toThrow("2 cores");
  });

  it("refuses a second place for a computation, a node that is gone and a negative amount", () => {
    const ledger = new ReservationLedger();
    ledger.reserve([reservation("s", "x", "a", 1)], nodes);
    expect(() => ledger.reserve([reservation("s", "x", "b", 1)], nodes)).toThrow("has a place already");
    expect(() => ledger.reserve([reservation("s", "y", "z", 1)], nodes)).toThrow("the node is no longer there");
    expect(() => ledger.reserve([reservation("s", "y", "a", -1)], nodes)).toThrow("negative");
  });

  it("gives back a computation, a session, or all of a lost node", () => {
    const ledger = new ReservationLedger();
    const all = [reservation("s", "x", "a", 1), reservation("s", "y", "b", 2), reservation("t", "x", "a", 3)];
    ledger.reserve(all, nodes);
    expect(ledger.release("s", "y")).toBe(true);
    expect(ledger.release("s", "y")).toBe(false);
    expect(ledger.releaseNode("a")).toEqual([all[0], all[2]]);
    ledger.reserve(all, nodes);
    ledger.releaseSession("s");
    expect(ledger.onNode("a")).toEqual([all[2]]);
  });
});

/** Two coordinating steps of each session, in any order: decide on what is seen now, and take what was decided. */
type Step = { readonly session: number; readonly t: "decide" | "take" | "end" };

describe("sessions that are placed in any interleaving", () => {
  it("never pass a node's memory or its exclusive cores, and what a failed one took is nothing", () => {
    const steps = fc.array(
      fc.record({ session: fc.nat(3), t: fc.constantFrom("decide" as const, "take" as const, "end" as const) }),
      { maxLength: 60 },
    );
    const sizes = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 6 }), memoryMB: fc.integer({ min: 128, max: 5000 }) }),
      {
        minLength: 4,
        maxLength: 4,
      },
    );
    fc.assert(fc.property(steps, sizes, interleave), { numRuns: 1000 });
  });
});

function interleave(steps: readonly Step[], sizes: readonly { count: number; memoryMB: number }[]): void {
  const farm = [node("a"), node("b", { coresPolicy: "shared", memoryMB: 6000 })];
  const ledger = new ReservationLedger();
  const decided = new Map<number, readonly Placement[]>();
  const running = new Set<number>();
  for (const { session, t } of steps) {
    const { count, memoryMB } = sizes[session];
    const sessionId = `s${session}`;
    const request = { sessionId, computations: [...mcrts(count, { memoryMB }), merge()], renderer: "embree" };
    const before = JSON.stringify(farm.map(({ id }) => ledger.onNode(id)));
    if (t === "decide") {
      const outcome = placeSession(request, farm, ledger);
      expect(JSON.stringify(farm.map(({ id }) => ledger.onNode(id)))).toBe(before);
      if (outcome.t === "placed") decided.set(session, outcome.placements);
    } else if (t === "take" && decided.has(session) && !running.has(session)) {
      try {
        ledger.reserve(decided.get(session)?.map((placement) => placement.reservation) ?? [], farm);
        running.add(session);
      } catch {
        // Another came first: nothing was taken.
        expect(JSON.stringify(farm.map(({ id }) => ledger.onNode(id)))).toBe(before);
      }
    } else if (t === "end") {
      ledger.releaseSession(sessionId);
      running.delete(session);
    }
    for (const each of farm) {
      expect(ledger.freeMemoryMB(each)).toBeGreaterThanOrEqual(0);
      expect(ledger.freeCores(each)).toBeGreaterThanOrEqual(0);
    }
    for (const each of running) expect(ledger.ofSession(`s${each}`)).toHaveLength(sizes[each].count + 1);
  }
}
