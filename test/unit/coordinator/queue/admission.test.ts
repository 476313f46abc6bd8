// Letting sessions in: at once, into the queue, from the queue; and the same change made twice.
import { describe, expect, it } from "vitest";
import type { PlacementRequest } from "../../../../coordinator/placement/placement-request.ts";
import { noPlaces, type Places } from "../../../../coordinator/placement/places.ts";
import { type Arrival, admit, startWaiting } from "../../../../coordinator/queue/admission.ts";
import { limits } from "../../../../proto/limits.ts";
import { node } from "../placement/placement-fixtures.ts";
import { queueOf, requestOf, running, type Wish } from "./queue-fixtures.ts";

const nodes = [node("n", { cores: 4 })];
const context = { nodes, isPassedEnough: () => false, isStalled: () => false };

function arrival(sessionId: string, wish: Wish = {}, mayWait = true): Arrival {
  return { sessionId, user: "ann", priority: 50, request: requestOf(sessionId, wish), mayWait };
}

function startsOf(places: Places, ...requests: readonly PlacementRequest[]) {
  const { places: after, result } = startWaiting(
    places,
    new Map(requests.map((each) => [each.sessionId, each])),
    context,
  );
  return { after, started: result.map(({ sessionId }) => sessionId) };
}

describe("admission", () => {
  it("there is room -> placed at once, with threads; asked again -> the same, nothing more taken", () => {
    const first = admit(noPlaces, arrival("s", { cores: 2 }), context);
    expect(first.result).toMatchObject({ t: "placed", start: { placements: [{ nodeId: "n", threadCount: 2 }] } });
    expect(first.places.placed.get("s")).toMatchObject({ user: "ann", priority: 50, reservations: [{ cores: 2 }] });
    expect(first.places.waiting.size).toBe(0);
    const again = admit(first.places, arrival("s", { cores: 2 }), context);
    expect(again.places).toBe(first.places);
    expect(again.result).toEqual(first.result);
  });

  it("there is none -> queued, once; it may not wait -> resources-insufficient, nothing taken", () => {
    const full = running(noPlaces, "r", "n", { cores: 4 });
    const first = admit(full, arrival("s"), context);
    expect(first.result).toEqual({ t: "queued" });
    expect(admit(first.places, arrival("s"), context).places).toBe(first.places);
    const refused = () => admit(full, arrival("s", {}, false), context);
    expect(refused).toThrow("No node has 1 core free for mcrt_i0");
    expect(refused).toThrow(expect.objectContaining({ code: "resources-insufficient" }));
  });

  it("others are ahead that were passed for long -> who may not wait is told of them", () => {
    const full = queueOf(["a", { user: "ann", cores: 3 }], ["b", { user: "ann", cores: 4 }]);
    const strict = { ...context, isPassedEnough: () => true };
    expect(() => admit(full, arrival("s", {}, false), strict)).toThrow("2 other sessions wait for places");
    expect(admit(full, arrival("s"), strict).result).toEqual({ t: "queued" });
  });

  it("as many wait as may -> one more is refused", () => {
    const ids = Array.from({ length: limits.queuedSessionsMax }, (_, index) => [`s${index}`, { cores: 9 }] as const);
    const full = queueOf(...ids);
    expect(() => admit(full, arrival("s", { cores: 9 }), context)).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });

  it("the queue moves -> own sessions whose turn it is start, others' room is kept", () => {
    const places = queueOf(["theirs", { cores: 3 }], ["ours", { cores: 2 }], ["small", { cores: 1 }]);
    const { after, started } = startsOf(places, requestOf("ours", { cores: 2 }), requestOf("small"));
    expect(started).toEqual(["small"]);
    expect([...after.waiting.keys()]).toEqual(["theirs", "ours"]);
    expect(startsOf(after, requestOf("ours", { cores: 2 })).after).toBe(after);
  });

  it("the answer to that write got lost -> asked again it tells the same starts", () => {
    const places = queueOf(["ours", { cores: 2 }]);
    const first = startsOf(places, requestOf("ours", { cores: 2 }));
    const again = startsOf(first.after, requestOf("ours", { cores: 2 }));
    expect(again).toEqual({ after: first.after, started: ["ours"] });
  });

  it("own sessions that did not start for long -> still never two in the same room", () => {
    const places = queueOf(["a", { cores: 3 }], ["b", { cores: 3 }]);
    const requests = new Map(["a", "b"].map((id) => [id, requestOf(id, { cores: 3 })]));
    const { result } = startWaiting(places, requests, { ...context, isStalled: () => true });
    expect(result.map(({ sessionId }) => sessionId)).toEqual(["a"]);
  });
});
