// Fifo against an array.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "../../../../coordinator/planner/fifo.ts";

describe("Fifo", () => {
  it("any pushes and shifts -> what an array would give", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (pushes) => {
        const fifo = new Fifo<number>();
        const plain: number[] = [];
        pushes.forEach((isPush, at) => {
          if (isPush) {
            fifo.push(at);
            plain.push(at);
          } else expect(fifo.shift()).toBe(plain.shift());
          expect(fifo.size).toBe(plain.length);
          expect(fifo.peek()).toBe(plain[0]);
        });
        fifo.clear();
        expect(fifo.shift()).toBeUndefined();
      }),
    );
  });

  it("a thousand in, a thousand out -> in order", () => {
    const fifo = new Fifo<number>();
    for (let at = 0; at < 1000; at++) fifo.push(at);
    for (let at = 0; at < 1000; at++) expect(fifo.shift()).toBe(at);
    expect(fifo.size).toBe(0);
  });
});
