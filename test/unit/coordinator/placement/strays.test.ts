// Places of sessions that nobody knows: given back after a while, not sooner.
import { describe, expect, it } from "vitest";
import { noPlaces, withPlaced, withWaiting } from "../../../../coordinator/placement/places.ts";
import { Strays } from "../../../../coordinator/placement/strays.ts";
import { limits } from "../../../../proto/limits.ts";

const session = (sessionId: string) => ({ sessionId, user: "", priority: 50 });
const request = { sessionId: "waits", computations: [], renderer: "embree" };
const places = withWaiting(withPlaced(noPlaces, { ...session("runs"), reservations: [] }), {
  ...session("waits"),
  request,
});
const nobody = () => false;

describe("stray places", () => {
  it("no record knows them for long -> named; known in between, or not readable -> counted from anew", () => {
    const strays = new Strays();
    const after = limits.strayPlacesMsMax;
    expect(strays.judge(0, places, nobody)).toEqual([]);
    expect(strays.judge(after - 1, places, nobody)).toEqual([]);
    expect(strays.judge(after, places, nobody)).toEqual(["runs", "waits"]);
    expect(strays.judge(after, places, (sessionId) => sessionId === "runs")).toEqual(["waits"]);
    expect(strays.judge(after + 1, places, nobody)).toEqual(["waits"]);
    strays.forgive();
    expect(strays.judge(2 * after, places, nobody)).toEqual([]);
    expect(strays.judge(3 * after, noPlaces, nobody)).toEqual([]);
  });
});
