// A farm of two kinds of machine: a session's renderers all go to one of them.
import { describe, expect, it } from "vitest";
import { moveComputation } from "../../../../coordinator/placement/move.ts";
import { forItsKind, kindsFor } from "../../../../coordinator/placement/one-kind.ts";
import { placeSession } from "../../../../coordinator/placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "../../../../coordinator/placement/placement-request.ts";
import { noPlaces, withPlaced } from "../../../../coordinator/placement/places.ts";
import { type Reservation, ReservationLedger } from "../../../../coordinator/placement/reservations.ts";
import { growthTurns } from "../../../../coordinator/queue/growth.ts";
import { mcrts, merge, node } from "./placement-fixtures.ts";

const old = (id: string, fields: Partial<PlacementNode> = {}) =>
  node(id, { cores: 2, instructionSet: "avx2", rendererVersions: ["embree 3.13.5"], ...fields });
const recent = (id: string, fields: Partial<PlacementNode> = {}) => old(id, { instructionSet: "avx512", ...fields });
const [avx2, avx512] = ["embree-3.13.5-avx2", "embree-3.13.5-avx512"];

function request(count: number, fields: Partial<PlacementRequest> = {}): PlacementRequest {
  const computations = [...mcrts(count, { minCores: 2, maxCores: 2 }), merge()];
  return { sessionId: "s", computations, renderer: "embree", ...fields };
}

function place(asked: PlacementRequest, nodes: readonly PlacementNode[]) {
  const outcome = placeSession(asked, nodes, new ReservationLedger());
  if (outcome.t === "refused") return outcome;
  const renderers = outcome.placements.filter(({ computation }) => computation.kind === "mcrt");
  return { ...outcome, nodeIds: renderers.map(({ nodeId }) => nodeId).sort() };
}

describe("a session that is placed", () => {
  it("both kinds have room -> all of it on the one that gives it more", () => {
    const nodes = [old("a"), recent("b"), recent("c"), recent("d")];
    expect(place(request(2), nodes)).toMatchObject({ nodeIds: ["b", "c"] });
    const range = request(1, { growth: mcrts(3, { minCores: 2, maxCores: 2 }).slice(1) });
    expect(place(range, nodes)).toMatchObject({ nodeIds: ["b", "c", "d"] });
  });

  it("neither kind has enough, both together would -> refused with how many one of them takes", () => {
    const outcome = place(request(3), [old("a"), recent("b"), recent("c")]);
    if (outcome.t === "placed") throw new Error("it was mixed");
    expect(outcome.everFits).toBe(false);
    expect(outcome.error.message).toMatch(/^No node has 2 cores free for mcrt_i2/);
    expect(outcome.error.action).toContain("Use --num-mcrt 2");
  });

  it("other renderer versions are another kind; a node that has not said may be of any", () => {
    const newer = old("b", { rendererVersions: ["embree 4.3.0"] });
    expect(place(request(2), [old("a"), newer])).toMatchObject({ t: "refused" });
    expect(place(request(2), [old("a"), newer, node("c", { cores: 2 })])).toMatchObject({ t: "placed" });
  });

  it("only a node that takes nothing has the session's kind -> named", () => {
    const outcome = place(request(1), [old("a", { closed: true }), recent("b", { closed: true })]);
    expect(outcome).toMatchObject({ t: "refused" });
    if (outcome.t === "refused") expect(outcome.error.message).toMatch(/one kind of machine|draining/);
  });

  it("its kind is settled, or no node says what it is -> no choice", () => {
    const settled = request(1, { instructionSet: avx2 });
    expect(kindsFor(settled, [old("a"), recent("b")])).toEqual([settled]);
    expect(kindsFor(request(1), [node("a"), node("b")])).toEqual([request(1)]);
    expect(kindsFor(request(1), [old("a"), recent("b", { renderers: ["fake"] })])).toEqual([request(1)]);
  });
});

describe("a session that has places, and of which nobody has rendered yet", () => {
  const held = (computation: string, nodeId: string): Reservation => ({
    sessionId: "s",
    computation,
    nodeId,
    memoryMB: 1536,
    cores: 2,
  });
  const places = (...reservations: readonly Reservation[]) =>
    withPlaced(noPlaces, { sessionId: "s", user: "", priority: 50, reservations });

  it("it grows -> on its kind alone", () => {
    const range = request(1, { growth: mcrts(3, { minCores: 2, maxCores: 2 }).slice(1) });
    const nodes = [old("a"), recent("b"), old("c")];
    const grown = growthTurns(places(held("mcrt_i0", "a"), held("merge", "b")), [], nodes, [range]);
    expect(grown.map(({ nodeId }) => nodeId)).toEqual(["c"]);
  });

  it("one loses its node -> it goes to the others' kind, or waits", () => {
    const before = places(held("mcrt_i0", "gone"), held("mcrt_i1", "b"));
    const move = { sessionId: "s", computation: "mcrt_i0", memoryMB: 1536, nodeId: "gone", reason: "again" } as const;
    const moved = (nodes: readonly PlacementNode[]) => moveComputation(before, move, request(2), nodes).result.nodeId;
    expect(moved([old("a"), recent("b"), recent("c")])).toBe("c");
    expect(() => moved([old("a"), recent("b")])).toThrow(expect.objectContaining({ code: "resources-insufficient" }));
  });

  it("its only one loses its node -> to any kind", () => {
    expect(forItsKind(request(1), [old("a"), recent("b")], [held("mcrt_i0", "gone")]).instructionSet).toBeUndefined();
    expect(forItsKind(request(1), [old("a"), recent("b")], [held("merge", "b")]).instructionSet).toBeUndefined();
    expect(forItsKind(request(1), [old("a"), recent("b")], [held("mcrt_i0", "b")]).instructionSet).toBe(avx512);
  });
});
