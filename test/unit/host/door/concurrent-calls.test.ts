import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConcurrentCalls } from "../../../../host/door/concurrent-calls.ts";

describe("calls of one client at a time", () => {
  it("up to the bound -> let in; one more -> not, until one ends; others and other kinds -> let in", () => {
    const calls = new ConcurrentCalls();
    const leave = calls.enter("ada", "upload", 2);
    calls.enter("ada", "upload", 2);
    expect(calls.enter("ada", "upload", 2)).toBeUndefined();
    expect([calls.enter("bob", "upload", 2), calls.enter("ada", "watch", 2)].includes(undefined)).toBe(false);
    leave?.();
    leave?.();
    expect(calls.enter("ada", "upload", 2)).toBeDefined();
    expect(calls.enter("ada", "upload", 2)).toBeUndefined();
  });

  it("any order of beginnings and ends -> never more than the bound are open, and nothing is remembered at the end", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.boolean()), { maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, max) => {
        const calls = new ConcurrentCalls();
        const open = new Map<string, (() => void)[]>([
          ["a", []],
          ["b", []],
        ]);
        for (const [client, isBeginning] of all) {
          const mine = open.get(client)!;
          if (!isBeginning) mine.shift()?.();
          else {
            const leave = calls.enter(client, "x", max);
            expect(leave === undefined).toBe(mine.length >= max);
            if (leave !== undefined) mine.push(leave);
          }
        }
        for (const leave of [...open.values()].flat()) leave();
        expect(calls.size).toBe(0);
      }),
    );
  });
});
