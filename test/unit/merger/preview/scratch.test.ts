// Memory for one tile after the other, and tiles that are made in it.
import { inflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { deflateHalves } from "../../../../merger/preview/deflate-halves.ts";
import { halfPlanes } from "../../../../merger/preview/half-float.ts";
import { Scratch } from "../../../../merger/preview/scratch.ts";

it("asked again -> as long as asked for, the same memory where it is large enough", () => {
  const scratch = new Scratch();
  const first = scratch.take(100);
  expect(first).toHaveLength(100);
  expect(scratch.take(60)).toHaveLength(60);
  expect(scratch.take(60).buffer).toBe(first.buffer);
  expect(scratch.take(101)).toHaveLength(101);
});

it("tiles one after the other, large and small -> each keeps its own bytes", () => {
  const [halves, deflated] = [new Scratch(), new Scratch()];
  const planes = [4096, 16, 2000, 4096].map((length, at) => new Float32Array(length).map((_, i) => at + i / 7));
  const tiles = planes.map((plane) => deflateHalves(halfPlanes([plane], halves), deflated));
  for (const [at, tile] of tiles.entries())
    expect(new Uint8Array(inflateRawSync(tile))).toEqual(halfPlanes([planes[at] ?? new Float32Array()]));
});
