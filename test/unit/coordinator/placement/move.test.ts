// Another place for one computation: when its node stays, goes, refuses it, or had not the memory.
import { describe, expect, it } from "vitest";
import { type Move, moveComputation } from "../../../../coordinator/placement/move.ts";
import type { PlacementNode } from "../../../../coordinator/placement/placement-request.ts";
import { ledgerOf, noPlaces, type Places, withoutNode, withPlaced } from "../../../../coordinator/placement/places.ts";
import { mcrt, node } from "./placement-fixtures.ts";

const request = {
  sessionId: "s",
  computations: [mcrt(0, { memoryMB: 1000, maxCores: 2 })],
  growth: [],
  renderer: "embree",
};

/** On `a`, with as much memory as is said. */
function placesWith(memoryMB = 1000, cores = 2): Places {
  const reservation = { sessionId: "s", computation: "mcrt_i0", nodeId: "a", memoryMB, cores };
  return withPlaced(noPlaces, { sessionId: "s", user: "", priority: 50, reservations: [reservation] });
}

function move(reason: Move["reason"], nodes: readonly PlacementNode[], places = placesWith(), memoryMB = 1000) {
  const { places: after, result } = moveComputation(
    places,
    { sessionId: "s", computation: "mcrt_i0", memoryMB, nodeId: "a", reason },
    request,
    nodes,
  );
  expect(after.placed.get("s")?.reservations).toEqual([result.reservation]);
  return { after, text: `${result.nodeId} ${result.memoryMB} MB ${result.threadCount}` };
}

const [a, b] = [node("a"), node("b")];
const insufficient = expect.objectContaining({ code: "resources-insufficient" });

describe("another place", () => {
  it("it is started again -> where it was, nothing is written; its node leaves or is lost -> elsewhere", () => {
    const places = placesWith();
    expect(move("again", [a, b], places)).toEqual({ after: places, text: "a 1000 MB 2" });
    expect(move("again", [{ ...a, closed: true }, b]).text).toBe("b 1000 MB 2");
    expect(move("again", [b]).text).toBe("b 1000 MB 2");
    expect(move("again", [a, b], withoutNode(places, "a", ["s"])).text).toBe("a 1000 MB 2");
  });

  it("there is no other -> resources-insufficient, it keeps what it has", () => {
    expect(() => move("again", [{ ...a, closed: true }])).toThrow(insufficient);
    expect(() => move("refused", [a])).toThrow(insufficient);
  });

  it("its node refused it -> another node, though the table says that there is room; asked again -> the same", () => {
    const first = move("refused", [a, b]);
    expect(first.text).toBe("b 1000 MB 2");
    expect(move("refused", [a, b], first.after).after).toBe(first.after);
  });

  it("it passed its memory -> twice as much where most is free, or what there is; asked again -> the same", () => {
    const large = node("large", { memoryMB: 16_000 });
    const first = move("memory", [a, large]);
    expect(first.text).toBe("large 2000 MB 2");
    expect(move("memory", [a, large], first.after).after).toBe(first.after);
    expect(move("memory", [node("a", { memoryMB: 1400 })]).text).toBe("a 1400 MB 2");
    expect(move("memory", [node("a", { memoryMB: 1000 }), node("b", { memoryMB: 1300, cores: 1 })]).text).toBe(
      "b 1300 MB 1",
    );
  });

  it("no node has a quarter more -> resources-insufficient, naming what it would need", () => {
    expect(() => move("memory", [node("a", { memoryMB: 1249 })])).toThrow(
      "No node has 1250 MB of memory free for mcrt_i0",
    );
  });

  it("it has more than the definition says -> it moves with that", () => {
    const places = placesWith(1800);
    expect(move("again", [b], places, 1800).text).toBe("b 1800 MB 2");
    expect(ledgerOf(places).freeMemoryMB(a)).toBe(8192 - 1800);
  });

  it("its session has ended, or never had it -> session-missing", () => {
    const missing = expect.objectContaining({ code: "session-missing" });
    expect(() => move("again", [a], noPlaces)).toThrow(missing);
    expect(() =>
      moveComputation(
        placesWith(),
        { sessionId: "s", computation: "x", memoryMB: 1, nodeId: "a", reason: "again" },
        request,
        [a],
      ),
    ).toThrow(missing);
  });
});
