// The value that coordinators share: each change once or twice is the same, and bytes say all of it.
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlacementRequest } from "../../../../coordinator/placement/placement-request.ts";
import {
  ledgerOf,
  noPlaces,
  type PlacedSession,
  type Places,
  withoutComputation,
  withoutNode,
  withoutSession,
  withPlaced,
  withReservations,
  withWaiting,
} from "../../../../coordinator/placement/places.ts";
import { decodePlaces, encodePlaces } from "../../../../coordinator/placement/places-message.ts";
import type { Reservation } from "../../../../coordinator/placement/reservations.ts";
import type { ExpandedComputation } from "../../../../coordinator/session-definition/expand.ts";
import { PlacesTableSchema } from "../../../../proto/gen/arras/v1/placement_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { mcrt, mcrts, merge, node } from "./placement-fixtures.ts";

const reservation = (sessionId: string, computation: string, nodeId: string, memoryMB = 100): Reservation => ({
  sessionId,
  computation,
  nodeId,
  memoryMB,
  cores: 1,
});

function placed(sessionId: string, ...reservations: readonly Reservation[]): PlacedSession {
  return { sessionId, user: "u", priority: 50, reservations };
}

const waits = (sessionId: string, computations: readonly ExpandedComputation[] = mcrts(1)) => ({
  sessionId,
  user: "u",
  priority: 50,
  request: { sessionId, computations, renderer: "embree" },
});

describe("places", () => {
  it("a waiting session gets places -> it waits no more; twice -> the same", () => {
    const queued = withWaiting(withWaiting(noPlaces, waits("s")), waits("t"));
    expect([...queued.waiting.values()].map(({ ticket }) => ticket)).toEqual([1, 2]);
    expect(withWaiting(queued, waits("s"))).toBe(queued);
    const after = withPlaced(queued, placed("s", reservation("s", "x", "a")));
    expect([[...after.waiting.keys()], [...after.placed.keys()]]).toEqual([["t"], ["s"]]);
    expect(ledgerOf(after).freeMemoryMB(node("a"))).toBe(8092);
  });

  it("a session ends, a computation moves or goes -> the rest stays; twice -> the same", () => {
    const before = withPlaced(noPlaces, placed("s", reservation("s", "x", "a"), reservation("s", "y", "b")));
    const moved = withReservations(before, "s", [reservation("s", "x", "c")]);
    expect(moved.placed.get("s")?.reservations.map(({ nodeId }) => nodeId)).toEqual(["b", "c"]);
    const without = withoutComputation(moved, "s", "y");
    expect(without.placed.get("s")?.reservations.map(({ computation }) => computation)).toEqual(["x"]);
    expect(withoutComputation(without, "s", "y")).toBe(without);
    const ended = withoutSession(without, "s");
    expect(ended.placed.size).toBe(0);
    expect(withoutSession(ended, "s")).toBe(ended);
    expect(withReservations(ended, "s", [reservation("s", "x", "a")])).toBe(ended);
  });

  it("a node is lost for some sessions -> the others keep what they have there", () => {
    const one = withPlaced(noPlaces, placed("s", reservation("s", "x", "a"), reservation("s", "y", "b")));
    const both = withPlaced(one, placed("t", reservation("t", "x", "a")));
    const after = withoutNode(both, "a", ["s", "nowhere"]);
    expect(
      ledgerOf(after)
        .onNode("a")
        .map(({ sessionId }) => sessionId),
    ).toEqual(["t"]);
    expect(withoutNode(after, "a", ["s"])).toBe(after);
  });
});

const names = fc.constantFrom("mcrt_i0", "mcrt_i1", "mcrt_i2", "mcrt_i007", "merge", "_i3", "a b_i12", "x_i");
const anyPlaced = fc
  .record({
    sessionId: fc.constantFrom("s", "t", "u"),
    user: fc.string({ maxLength: 4 }),
    priority: fc.nat(100),
    places: fc.uniqueArray(
      fc.record({
        computation: names,
        nodeId: fc.constantFrom("a", "b", "c"),
        memoryMB: fc.nat(1e6),
        cores: fc.double({ min: 0, max: 1e3, noNaN: true }),
      }),
      { selector: ({ computation }) => computation },
    ),
  })
  .map(
    ({ places, ...session }): PlacedSession => ({
      ...session,
      reservations: places.map((each) => ({ sessionId: session.sessionId, ...each })),
    }),
  );

const anyComputation: fc.Arbitrary<Partial<ExpandedComputation>> = fc.record({
  kind: fc.constantFrom("mcrt" as const, "merge" as const),
  minCores: fc.constantFrom(0, 0.1, 2),
  maxCores: fc.constantFrom<number | "all">(0.3, 4, "all"),
  memoryMB: fc.constantFrom(128, 4000),
  reservedCores: fc.constantFrom(0, 1),
  maxThreads: fc.constantFrom(undefined, 3),
  hostnamePin: fc.constantFrom(undefined, "h"),
  locality: fc.constantFrom("any" as const, "local-only" as const, "no-local" as const),
});

const anyWaiting = fc
  .record({
    sessionId: fc.constantFrom("v", "w"),
    user: fc.string({ maxLength: 4 }),
    priority: fc.nat(100),
    computations: fc.array(anyComputation, { maxLength: 4 }),
    growth: fc.array(anyComputation, { maxLength: 4 }),
    tags: fc.array(fc.string(), { maxLength: 2 }),
    clientHost: fc.constantFrom(undefined, "h"),
    autoFit: fc.boolean(),
  })
  .map(({ computations, growth, tags, clientHost, autoFit, ...session }) => {
    const all = [...computations, ...growth].map((fields, index) => mcrt(index, fields));
    const request: PlacementRequest = {
      sessionId: session.sessionId,
      computations: [...all.slice(0, computations.length), merge()],
      growth: all.slice(computations.length),
      renderer: "embree",
      tags,
      architecture: undefined,
      clientHost,
      autoFit,
    };
    return { ...session, request };
  });

/** Without the order of a session's reservations, which means nothing. */
function comparable({ nextTicket, placed: sessions, waiting }: Places) {
  const sorted = (session: PlacedSession) => ({
    ...session,
    reservations: [...session.reservations].sort((a, b) => (a.computation < b.computation ? -1 : 1)),
  });
  return { nextTicket, placed: [...sessions.values()].map(sorted), waiting: [...waiting.values()] };
}

describe("places as bytes", () => {
  it("any places -> the same again", () => {
    fc.assert(
      fc.property(fc.array(anyPlaced), fc.array(anyWaiting), (sessions, queue) => {
        const places = sessions.reduce(withPlaced, queue.reduce(withWaiting, noPlaces));
        expect(comparable(decodePlaces(encodePlaces(places)))).toEqual(comparable(places));
      }),
    );
  });

  it("as many computations and waiting sessions as docs/limits.md promises -> within one value", () => {
    const id = (kind: string, index: number) => `${kind}${String(index).padStart(4, "0")}-aaaa-bbbb-cccc-ddddeeeeffff`;
    let places = noPlaces;
    for (let index = 0; index < 500; index += 1) {
      const sessionId = id("s", index);
      const reservations = Array.from({ length: 32 }, (_, at) =>
        reservation(sessionId, at === 0 ? "merge" : `mcrt_i${at}`, id("n", (index * 32 + at) % 4000), 16_000),
      );
      places = withPlaced(places, { ...placed(sessionId), reservations });
    }
    for (let index = 0; index < 500; index += 1)
      places = withWaiting(places, waits(id("w", index), [...mcrts(64), merge()]));
    expect(encodePlaces(places).byteLength).toBeLessThan(limits.keyValueSizeBytesMax);
  });

  const table = (fields: MessageInitShape<typeof PlacesTableSchema>) =>
    toBinary(PlacesTableSchema, create(PlacesTableSchema, fields));
  const group = { prefix: "mcrt_i", indexes: [0], nodes: [0], memoryMb: [1], cores: [1] };
  const session = (fields: Partial<typeof group>) =>
    table({ nodeIds: ["a"], placed: [{ sessionId: "s", groups: [{ ...group, ...fields }] }] });

  it("a whole table -> read", () => {
    expect(decodePlaces(session({})).placed.get("s")?.reservations).toEqual([reservation("s", "mcrt_i0", "a", 1)]);
  });

  it.each([
    ["no message", Uint8Array.of(255, 255)],
    ["a place on a node that is not named", session({ nodes: [1] })],
    ["a place without memory", session({ memoryMb: [] })],
    ["a place without a name", session({ nodes: [0, 0], memoryMb: [1, 1], cores: [1, 1] })],
    ["negative cores", session({ cores: [-1] })],
    ["a session that waits for nothing", table({ waiting: [{ sessionId: "s" }] })],
    [
      "more computations than there may be",
      table({ waiting: [{ sessionId: "s", needs: { groups: [{ prefix: "x", firstIndex: 0, count: 4e9 }] } }] }),
    ],
  ])("%s -> message-malformed", (_, bytes) => {
    expect(() => decodePlaces(bytes)).toThrow(expect.objectContaining({ code: "message-malformed" }));
  });
});
