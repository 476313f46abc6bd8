// Who comes first: by priority, then the user who has least, then who came first.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noPlaces, type Places, withWaiting } from "../../../../coordinator/placement/places.ts";
import { queueOrder } from "../../../../coordinator/queue/queue-order.ts";
import { queueOf, requestOf, running, waiting } from "./queue-fixtures.ts";

const order = (places: Places) => queueOrder(places).map(({ sessionId }) => sessionId);

describe("the queue's order", () => {
  it("one user's sessions of one priority -> as they came", () => {
    expect(order(queueOf(["a"], ["b"], ["c"]))).toEqual(["a", "b", "c"]);
  });

  it("a higher priority -> before all others, whoever has how much", () => {
    expect(order(queueOf(["a"], ["b", { priority: 51, user: "ann" }], ["c", { priority: 0 }]))).toEqual([
      "b",
      "a",
      "c",
    ]);
  });

  it("two users, one with all that runs -> the other first", () => {
    const places = running(noPlaces, "r", "n", { user: "ann" });
    const queue = waiting(waiting(places, "a", { user: "ann" }), "b", { user: "bob" });
    expect(order(queue)).toEqual(["b", "a"]);
  });

  it("two users with nothing -> who waits longest, then by turns", () => {
    const [ann, bob] = [{ user: "ann" }, { user: "bob" }];
    const places = queueOf(["a1", ann], ["a2", ann], ["a3", ann], ["b1", bob], ["b2", bob]);
    expect(order(places)).toEqual(["a1", "b1", "a2", "b2", "a3"]);
  });

  it("turns are counted in cores: after one large session several small ones of the other", () => {
    const bob = { user: "bob", cores: 1 };
    const places = queueOf(
      ["a1", { user: "ann", cores: 3 }],
      ["a2", { user: "ann" }],
      ["b1", bob],
      ["b2", bob],
      ["b3", bob],
    );
    expect(order(places)).toEqual(["a1", "b1", "b2", "b3", "a2"]);
  });

  it("any queue -> each once, no lower priority before a higher, no user's later before his earlier of one priority", () => {
    const wishes = fc.array(
      fc.record({ user: fc.constantFrom("a", "b", "c"), priority: fc.nat(3), cores: fc.constantFrom(0, 0.5, 1, 8) }),
    );
    fc.assert(
      fc.property(wishes, (each) => {
        const places = each.reduce((before, { user, priority, cores }, index) => {
          const sessionId = `s${index}`;
          return withWaiting(before, { sessionId, user, priority, request: requestOf(sessionId, { cores }) });
        }, noPlaces);
        const found = queueOrder(places);
        expect(new Set(found).size).toBe(each.length);
        found.forEach((later, at) => {
          for (const earlier of found.slice(0, at)) {
            expect(earlier.priority).toBeGreaterThanOrEqual(later.priority);
            if (earlier.user === later.user && earlier.priority === later.priority)
              expect(earlier.ticket).toBeLessThan(later.ticket);
          }
        });
      }),
    );
  });
});
