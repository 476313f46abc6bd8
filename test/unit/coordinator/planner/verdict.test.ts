// Who is wrong, of nodes that rendered the same unit.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differ, judge, type Vote } from "../../../../coordinator/planner/verdict.ts";

/** "a=1 b=2": node a made 1 of it, node b 2. */
function votes(text: string): Vote[] {
  return text.split(" ").map((vote) => {
    const [nodeId, sums] = vote.split("=");
    return { nodeId, sums };
  });
}

describe("judge", () => {
  it.each([
    ["a=1", { t: "open" }],
    ["a=1 a=1", { t: "open" }],
    ["a=1 b=1", { t: "equal" }],
    ["a=1 b=2", { t: "open" }],
    ["a=1 b=2 c=1", { t: "wrong", nodeIds: ["b"] }],
    ["a=1 b=2 c=2", { t: "wrong", nodeIds: ["a"] }],
    ["a=1 b=2 c=3", { t: "open" }],
    ["a=1 b=2 c=3 d=3", { t: "wrong", nodeIds: ["a", "b"] }],
    ["a=1 b=1 c=2 d=2", { t: "open" }],
    ["a=1 b=2 a=3", { t: "wrong", nodeIds: ["a"] }],
    ["a=1 b=2 a=1 b=2", { t: "open" }],
    ["a=1 b=2 a=3 b=4", { t: "wrong", nodeIds: ["a", "b"] }],
  ])("%s -> %j", (text, verdict) => {
    expect(judge(votes(text))).toEqual(verdict);
  });

  it("any votes of which those of honest nodes are equal and most -> no honest node is wrong, in any order", () => {
    const dishonest = fc.record({ nodeId: fc.constantFrom("x", "y"), sums: fc.constantFrom("1", "2", "3") });
    fc.assert(
      fc.property(
        fc.array(dishonest, { maxLength: 4 }),
        fc.integer({ min: 3, max: 5 }),
        fc.nat(),
        (liars, count, at) => {
          const honest = Array.from({ length: count }, (_, index) => ({ nodeId: `h${index}`, sums: "1" }));
          const all = [...liars, ...honest];
          const turned = [...all.slice(at % all.length), ...all.slice(0, at % all.length)];
          const verdict = judge(turned);
          const wrong = verdict.t === "wrong" ? verdict.nodeIds : [];
          expect(wrong.filter((nodeId) => nodeId.startsWith("h"))).toEqual([]);
          if (liars.some(({ sums }) => sums !== "1")) expect(verdict.t).toBe("wrong");
        },
      ),
    );
  });
});

it("votes that are equal, and that are not -> differ says so", () => {
  expect(differ(votes("a=1 b=1"))).toBe(false);
  expect(differ(votes("a=1 b=1 c=2"))).toBe(true);
});
