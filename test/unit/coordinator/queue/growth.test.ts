// Who grows: nobody while somebody waits who could be helped; then those that have least.
import { describe, expect, it } from "vitest";
import { noPlaces, type Places } from "../../../../coordinator/placement/places.ts";
import { growthTurns } from "../../../../coordinator/queue/growth.ts";
import { queueTurns } from "../../../../coordinator/queue/queue-turns.ts";
import { node } from "../placement/placement-fixtures.ts";
import { requestOf, running, type Wish, waiting } from "./queue-fixtures.ts";

const nodes = [node("n", { cores: 6 })];

function grown(places: Places, wishes: Readonly<Record<string, Wish>>): string[] {
  const turns = queueTurns(places, { nodes, isPassedEnough: () => false, isStalled: () => false });
  const requests = Object.entries(wishes).map(([sessionId, wish]) => requestOf(sessionId, wish));
  return growthTurns(places, turns, nodes, requests).map(
    ({ computation, reservation }) => `${reservation.sessionId} ${computation.name}`,
  );
}

describe("growth", () => {
  const range: Wish = { growthCount: 3 };

  it("there is room -> up to the range's end, in order, and not what is there already", () => {
    const places = running(noPlaces, "a", "n", range);
    expect(grown(places, { a: range })).toEqual(["a mcrt_i1", "a mcrt_i2", "a mcrt_i3"]);
    expect(grown(places, { a: {} })).toEqual([]);
    expect(grown(places, { gone: range })).toEqual([]);
  });

  it("two sessions -> by turns; of two users the one that has less; a higher priority first", () => {
    const both = (a: Wish, b: Wish) => running(running(noPlaces, "a", "n", a), "b", "n", b);
    expect(grown(both({}, {}), { a: range, b: range })).toEqual(["a mcrt_i1", "b mcrt_i1", "a mcrt_i2", "b mcrt_i2"]);
    const ann = { user: "ann", cores: 2 };
    expect(grown(both(ann, { user: "bob" }), { a: range, b: range })).toEqual(["b mcrt_i1", "a mcrt_i1", "b mcrt_i2"]);
    expect(grown(both({}, { priority: 60 }), { a: range, b: range })).toEqual([
      "b mcrt_i1",
      "b mcrt_i2",
      "b mcrt_i3",
      "a mcrt_i1",
    ]);
  });

  it("somebody waits who would fit once others end -> nobody grows; who never would -> keeps nobody back", () => {
    const places = running(noPlaces, "a", "n", range);
    expect(grown(waiting(places, "w", { cores: 6 }), { a: range })).toEqual([]);
    expect(grown(waiting(places, "w", { cores: 7 }), { a: range })).toHaveLength(3);
  });
});
