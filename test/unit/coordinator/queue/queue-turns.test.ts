// Whose turn it is: who fits goes, who does not is passed for a while, and then by nobody.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ledgerOf, noPlaces, type Places } from "../../../../coordinator/placement/places.ts";
import { queuePlace } from "../../../../coordinator/queue/queue-place.ts";
import { type QueueContext, queueTurns } from "../../../../coordinator/queue/queue-turns.ts";
import { limits } from "../../../../proto/limits.ts";
import { node } from "../placement/placement-fixtures.ts";
import { queueOf, running, type Wish, waiting } from "./queue-fixtures.ts";

/** Of four cores and 8192 MB. */
const nodes = [node("n", { cores: 4 })];

function context(fields: Partial<{ nodes: typeof nodes; passed: string[]; stalled: string[] }> = {}): QueueContext {
  return {
    nodes: fields.nodes ?? nodes,
    isPassedEnough: (sessionId) => fields.passed?.includes(sessionId) ?? false,
    isStalled: (sessionId) => fields.stalled?.includes(sessionId) ?? false,
  };
}

const verdicts = (places: Places, fields: Parameters<typeof context>[0] = {}) =>
  queueTurns(places, context(fields)).map(({ session, verdict }) => `${session.sessionId} ${verdict.t}`);

const words = (places: Places, position: number, fields: Parameters<typeof context>[0] = {}) => {
  const turn = queueTurns(places, context(fields))[position - 1];
  if (turn === undefined) throw new Error("nobody is there");
  const place = queuePlace(turn, places, fields.nodes ?? nodes);
  expect(place).toMatchObject({ position, waitingCount: places.waiting.size });
  return { reason: place.reason, unblocks: place.unblocks };
};

describe("the queue's turns", () => {
  it("several fit together -> all go; one that does not -> waits, and smaller ones pass it", () => {
    expect(verdicts(queueOf(["a", { cores: 2 }], ["b", { cores: 2 }]))).toEqual(["a goes", "b goes"]);
    const places = queueOf(["a", { cores: 3 }], ["b", { cores: 2 }], ["c", { cores: 1 }]);
    expect(verdicts(places)).toEqual(["a goes", "b blocked", "c goes"]);
  });

  it("who does not fit was passed for long -> nobody passes it any more", () => {
    const places = queueOf(["a", { cores: 3 }], ["b", { cores: 2 }], ["c", { cores: 1 }], ["d", { cores: 1 }]);
    expect(verdicts(places, { passed: ["b"] })).toEqual(["a goes", "b blocked", "c held", "d held"]);
    expect(words(places, 3, { passed: ["b"] })).toEqual({
      reason: "Session b is ahead and has waited too long to be passed",
      unblocks: "session b to start",
    });
  });

  it("who would not fit on these nodes even alone -> is passed for ever", () => {
    expect(verdicts(queueOf(["a", { cores: 5 }], ["b"]), { passed: ["a"] })).toEqual(["a blocked", "b goes"]);
    expect(words(queueOf(["a", { cores: 5 }]), 1)).toEqual({
      reason: "No node has 5 cores free for mcrt_i0: most are on n, 4 of 4",
      unblocks: "a node that has it. Lower mcrt's minCores (or --num-cores), or add a node with 5 cores free.",
    });
    expect(words(queueOf(["a"]), 1, { nodes: [] })).toEqual({ reason: "No node is there", unblocks: "a node" });
  });

  it("who could go does not for long -> its room is not kept", () => {
    const places = queueOf(["a", { cores: 4 }], ["b", { cores: 4 }]);
    expect(verdicts(places)).toEqual(["a goes", "b blocked"]);
    expect(verdicts(places, { stalled: ["a"] })).toEqual(["a goes", "b goes"]);
  });

  it("a range that is alone -> starts with what fits; others wait too -> starts with its minimum", () => {
    const count = (places: Places) => {
      const { verdict } = queueTurns(places, context())[0]!;
      return verdict.t === "goes" ? verdict.placements.length : 0;
    };
    const range: Wish = { growthCount: 8 };
    expect(count(queueOf(["a", range]))).toBe(4);
    expect(count(queueOf(["a", range], ["b", { cores: 9 }]))).toBe(1);
  });

  it("one session's end would be enough -> that one is named, the first such", () => {
    const both = running(running(noPlaces, "r", "n", { cores: 1 }), "q", "n", { cores: 3 });
    expect(words(waiting(both, "a", { cores: 3 }), 1)).toEqual({
      reason: "No node has 3 cores free for mcrt_i0: most are on n, 0 of 4",
      unblocks: "session q to end, or a node",
    });
    expect(words(waiting(both, "a", { cores: 4 }), 1).unblocks).toBe("several sessions to end, or a node");
    expect(words(waiting(both, "a", { cores: 1 }), 1).unblocks).toBe("session r to end, or a node");
  });

  it("a queue longer than limits.queueLookAheadMax -> the rest only knows how many are ahead", () => {
    const ids = Array.from({ length: limits.queueLookAheadMax + 1 }, (_, index) => `s${index}`);
    const places = queueOf(...ids.map((id) => [id, { cores: 9 }] as const));
    expect(words(places, ids.length)).toEqual({
      reason: `${ids.length - 1} sessions are ahead`,
      unblocks: "sessions ahead to start",
    });
  });

  it("any queue -> those who go fit together on the nodes, beside what runs", () => {
    const wish = fc.record({
      user: fc.constantFrom("a", "b"),
      priority: fc.nat(2),
      cores: fc.constantFrom(0.1, 1, 2, 5),
      memoryMB: fc.integer({ min: 128, max: 9000 }),
      growthCount: fc.nat(3),
    });
    fc.assert(
      fc.property(
        fc.array(wish, { maxLength: 12 }),
        fc.array(fc.nat(11)),
        fc.array(fc.nat(11)),
        (wishes, passed, stalled) => {
          const farm = [node("n", { cores: 4 }), node("m", { cores: 8, memoryMB: 16_000, coresPolicy: "shared" })];
          const places = wishes.reduce(
            (before, each, index) => waiting(before, `s${index}`, each),
            running(noPlaces, "r", "n", { cores: 1.5, memoryMB: 3000 }),
          );
          const names = (indexes: readonly number[]) => indexes.map((index) => `s${index}`);
          const found = queueTurns(places, context({ nodes: farm, passed: names(passed), stalled: names(stalled) }));
          expect(found.map(({ position }) => position)).toEqual(wishes.map((_, index) => index + 1));
          const ledger = ledgerOf(places);
          for (const { session, verdict } of found) {
            if (verdict.t !== "goes" || stalled.includes(Number(session.sessionId.slice(1)))) continue;
            for (const { reservation } of verdict.placements) ledger.restore(reservation);
          }
          for (const each of farm) {
            expect(ledger.freeMemoryMB(each)).toBeGreaterThanOrEqual(0);
            expect(ledger.freeCores(each)).toBeGreaterThan(-1e-9);
          }
        },
      ),
    );
  });
});
