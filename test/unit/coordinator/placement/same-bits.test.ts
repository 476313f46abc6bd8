// Computations of one session go to machines whose samples have the same bits.
import { describe, expect, it } from "vitest";
import type { PlacementNode, PlacementRequest } from "../../../../coordinator/placement/placement-request.ts";
import { bitsOn, mayHaveSameBits } from "../../../../coordinator/placement/same-bits.ts";

const node = (instructionSet: string, ...rendererVersions: readonly string[]): PlacementNode => ({
  id: "n",
  host: "h",
  cores: 8,
  memoryMB: 4096,
  coresPolicy: "exclusive",
  renderers: ["embree"],
  tags: [],
  architecture: "x64",
  instructionSet,
  rendererVersions,
});
const request = (instructionSet: string | undefined, renderer = "embree"): PlacementRequest => ({
  sessionId: "s",
  computations: [],
  renderer,
  instructionSet,
});

describe("the bits of a node's samples", () => {
  it("it has said renderer, version and instruction set -> as its computations will say", () => {
    expect(bitsOn(node("avx2", "fake 1", "embree 3.13.5"), "embree")).toBe("embree-3.13.5-avx2");
  });

  it("it has not said one of them -> not known", () => {
    expect(bitsOn(node("", "embree 3.13.5"), "embree")).toBeUndefined();
    expect(bitsOn(node("avx2", "fake 1"), "embree")).toBeUndefined();
  });
});

describe("a session whose film has begun", () => {
  const begun = request("embree-3.13.5-avx2");

  it("a node with the same -> fits; with another instruction set or version -> does not", () => {
    expect(mayHaveSameBits(begun, node("avx2", "embree 3.13.5"))).toBe(true);
    expect(mayHaveSameBits(begun, node("sse2", "embree 3.13.5"))).toBe(false);
    expect(mayHaveSameBits(begun, node("avx2", "embree 4.3.0"))).toBe(false);
  });

  it("the node has not said, no computation has yet, or bits depend on no machine -> fits", () => {
    expect(mayHaveSameBits(begun, node(""))).toBe(true);
    expect(mayHaveSameBits(request(undefined), node("sse2", "embree 3.13.5"))).toBe(true);
    expect(mayHaveSameBits(request("fake", "fake"), node("sse2", "fake 1"))).toBe(true);
  });
});
