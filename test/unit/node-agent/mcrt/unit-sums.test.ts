// The digest by which two nodes' results are compared.
import { expect, it } from "vitest";
import { unitSums } from "../../../../node-agent/mcrt/unit-sums.ts";
import type { WirePlane } from "../../../../proto/wire-plane.ts";

const plane = (encoding: WirePlane["encoding"], ...bytes: number[]): WirePlane => ({
  encoding,
  bytes: Uint8Array.from(bytes),
});
const hex = (...planes: WirePlane[]) => Buffer.from(unitSums(planes)).toString("hex");

it("equal planes -> equal digests of 32 bytes, though their memory is laid out otherwise", () => {
  const wide = Uint8Array.from([9, 1, 2, 3, 4, 9]);
  expect(hex({ encoding: "int32", bytes: wide.subarray(1, 5) })).toBe(hex(plane("int32", 1, 2, 3, 4)));
  expect(unitSums([])).toHaveLength(32);
});

it("one bit, the encoding, the order, or where one plane ends -> another digest", () => {
  const digests = [
    hex(plane("int32", 1, 2, 3, 4), plane("int32", 5, 6, 7, 8)),
    hex(plane("int32", 1, 2, 3, 4), plane("int32", 5, 6, 7, 9)),
    hex(plane("int32", 5, 6, 7, 8), plane("int32", 1, 2, 3, 4)),
    hex(plane("float32", 1, 2, 3, 4), plane("int32", 5, 6, 7, 8)),
    hex(plane("int32", 1, 2, 3, 4, 5, 6, 7, 8)),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});
