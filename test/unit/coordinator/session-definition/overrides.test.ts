import { describe, expect, it } from "vitest";
import { expandDefinition } from "../../../../coordinator/session-definition/expand.ts";
import { applyOverrides } from "../../../../coordinator/session-definition/overrides.ts";
import { readSessionDefinition } from "../../../../coordinator/session-definition/read-definition.ts";

const library = (suffix = "") => `libcomputation_progmcrt${suffix}.so`;

function definitionOf(computations: object) {
  return readSessionDefinition(JSON.stringify({ name: "d", computations }), "d.sessiondef");
}

const single = definitionOf({
  mcrt: {
    dso: library(),
    numMachines: "$arrayNumber",
    machineId: "$arrayIndex",
    requirements: { resources: { minCores: 1, maxCores: "*", memoryMB: 5000, reservedCores: 1 } },
  },
});

describe("the command line over the definition", () => {
  it("--num-mcrt 3 makes three copies, also of a computation that is no array", () => {
    const { computations } = expandDefinition(applyOverrides(single, { mcrtCount: { min: 3, max: 3 } }));
    expect(computations.map(({ name, options }) => [name, options.machineId])).toEqual([
      ["mcrt_i0", 0],
      ["mcrt_i1", 1],
      ["mcrt_i2", 2],
      ["merge", undefined],
    ]);
  });

  it("--num-mcrt 2-4 needs two and may grow to four, and counts machines by the four", () => {
    const { computations, growth } = expandDefinition(applyOverrides(single, { mcrtCount: { min: 2, max: 4 } }));
    expect(computations.map(({ name }) => name)).toEqual(["mcrt_i0", "mcrt_i1", "merge"]);
    expect(growth.map(({ name, index, options }) => [name, index, options.numMachines])).toEqual([
      ["mcrt_i2", 2, 4],
      ["mcrt_i3", 3, 4],
    ]);
  });

  it("--num-cores replaces cores and keeps memory, where Arras drops it", () => {
    const { computations } = expandDefinition(applyOverrides(single, { numCores: 6 }));
    expect(computations[0]).toMatchObject({ minCores: 6, maxCores: 6, memoryMB: 5000, reservedCores: 1 });
  });

  it("--merge-cores reaches the merger that was added for a definition without one", () => {
    const { computations } = expandDefinition(applyOverrides(single, { mergeCores: 2 }));
    expect(computations[1]).toMatchObject({ name: "merge", kind: "merge", minCores: 2, maxCores: 2, memoryMB: 2048 });
  });

  it("without any, a definition without a merger still gets one", () => {
    const { computations, notes } = expandDefinition(single);
    expect(computations.map(({ name, kind }) => [name, kind])).toEqual([
      ["mcrt", "mcrt"],
      ["merge", "merge"],
    ]);
    expect(notes).toEqual(["the built-in merge computation was added"]);
  });

  it("of two that render, the one called mcrt is meant; otherwise it is asked", () => {
    const two = definitionOf({ mcrt: { dso: library() }, other: { dso: library() } });
    const { computations } = expandDefinition(applyOverrides(two, { mcrtCount: { min: 2, max: 2 } }));
    expect(computations.map(({ name }) => name)).toEqual(["mcrt_i0", "mcrt_i1", "other", "merge"]);
    const unnamed = definitionOf({ a: { dso: library() }, b: { dso: library() } });
    expect(() => applyOverrides(unnamed, { numCores: 2 })).toThrow("several render: a, b");
    const none = definitionOf({ merge: { dso: library("_merge") } });
    expect(() => expandDefinition(applyOverrides(none, { numCores: 2 }))).toThrow("no computation that renders");
  });
});

describe("what cannot run", () => {
  it.each([
    [{ merge: { dso: library("_merge") } }, "no computation that renders"],
    [{ mcrt: { dso: library() }, a: { dso: library("_merge") }, b: { dso: library("_merge") } }, "here are 2: a, b"],
    [{ mcrt: { dso: "libarras4_testcomputation.so" } }, 'no renderer for dso "libarras4_testcomputation.so" of mcrt'],
    [{ mcrt: { dso: "@COMPUTATION_PROGMCRT_LIB@" } }, "the file is a template"],
    [
      { a: { dso: library(), arrayExpand: 1000 }, b: { dso: library(), arrayExpand: 25 } },
      "the limit mcrtCountMax is 1024",
    ],
  ])("%j is refused", (computations, message) => {
    expect(() => expandDefinition(definitionOf(computations))).toThrow(message);
  });
});
