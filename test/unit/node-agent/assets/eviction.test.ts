// What leaves a cache: least recently used first, nothing that is in use, no more than needed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CachedObject, evictionFor, sizeOf } from "../../../../node-agent/assets/eviction.ts";

const object = (digest: string, sizeBytes: number, usedAtMs: number, isInUse = false): CachedObject => ({
  digest,
  sizeBytes,
  usedAtMs,
  isInUse,
});

const someObjects = fc
  .array(fc.record({ sizeBytes: fc.nat(100), usedAtMs: fc.nat(20), isInUse: fc.boolean() }), { maxLength: 12 })
  .map((all) => all.map((each, at) => ({ ...each, digest: String(at) })));

describe("room in a cache", () => {
  it("it fits already -> nothing leaves; it does not -> the longest unused do, until it does", () => {
    const objects = [object("new", 40, 3), object("old", 40, 1), object("middle", 20, 2)];
    expect(evictionFor(objects, 150, 50)).toEqual({ t: "fits", evicted: [] });
    expect(evictionFor(objects, 149, 50)).toEqual({ t: "fits", evicted: [objects[1]] });
    expect(evictionFor(objects, 100, 60)).toEqual({ t: "fits", evicted: [objects[1], objects[2]] });
    expect(evictionFor(objects, 100, 100)).toMatchObject({ t: "fits", evicted: [objects[1], objects[2], objects[0]] });
  });

  it("what is old is in use -> it stays; too much is in use -> full, and nothing leaves", () => {
    const objects = [object("old", 60, 1, true), object("new", 40, 2)];
    expect(evictionFor(objects, 100, 40)).toEqual({ t: "fits", evicted: [objects[1]] });
    expect(evictionFor(objects, 100, 41)).toEqual({ t: "full", inUseBytes: 60 });
  });

  it("it is larger than the whole cache -> full", () => {
    expect(evictionFor([], 100, 101)).toEqual({ t: "full", inUseBytes: 0 });
    expect(evictionFor([], 100, 100)).toEqual({ t: "fits", evicted: [] });
  });

  it("any cache -> what is left fits, nothing in use left it, nothing older was spared, not one too many went", () => {
    fc.assert(
      fc.property(someObjects, fc.nat(600), fc.nat(300), (objects, sizeBytesMax, neededBytes) => {
        const eviction = evictionFor(objects, sizeBytesMax, neededBytes);
        const inUseBytes = sizeOf(objects.filter(({ isInUse }) => isInUse));
        if (eviction.t === "full") {
          expect(inUseBytes + neededBytes).toBeGreaterThan(sizeBytesMax);
          expect(eviction.inUseBytes).toBe(inUseBytes);
          return;
        }
        const { evicted } = eviction;
        const kept = objects.filter((each) => !evicted.includes(each));
        if (evicted.length > 0) {
          expect(sizeOf(kept) + neededBytes).toBeLessThanOrEqual(sizeBytesMax);
          expect(sizeOf(kept) + neededBytes + (evicted.at(-1)?.sizeBytes ?? 0)).toBeGreaterThan(sizeBytesMax);
        }
        expect(evicted.some(({ isInUse }) => isInUse)).toBe(false);
        const newest = Math.max(...evicted.map(({ usedAtMs }) => usedAtMs));
        const spared = kept.filter((each) => !each.isInUse && each.sizeBytes > 0);
        for (const each of spared) expect(each.usedAtMs).toBeGreaterThanOrEqual(evicted.length > 0 ? newest : 0);
      }),
    );
  });
});
