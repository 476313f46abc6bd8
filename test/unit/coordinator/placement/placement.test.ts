import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlacementOutcome, placeGrowth, placeSession } from "../../../../coordinator/placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "../../../../coordinator/placement/placement-request.ts";
import { ReservationLedger } from "../../../../coordinator/placement/reservations.ts";
import type { ExpandedComputation } from "../../../../coordinator/session-definition/expand.ts";
import { mcrt, mcrts, merge, node } from "./placement-fixtures.ts";

function request(
  computations: readonly ExpandedComputation[],
  fields: Partial<PlacementRequest> = {},
): PlacementRequest {
  return { sessionId: "s", computations, renderer: "embree", ...fields };
}

function place(
  computations: readonly ExpandedComputation[],
  nodes: readonly PlacementNode[],
  fields: Partial<PlacementRequest> = {},
) {
  return placeSession(request(computations, fields), nodes, new ReservationLedger());
}

/** `mcrt_i0@a:4` for each placement. */
function text(outcome: PlacementOutcome): string[] {
  if (outcome.t === "refused") throw outcome.error;
  return outcome.placements.map(
    ({ computation, nodeId, threadCount }) => `${computation.name}@${nodeId}:${threadCount}`,
  );
}

function refusal(outcome: PlacementOutcome) {
  if (outcome.t === "placed") throw new Error(`it was placed: ${text(outcome)}`);
  expect(outcome.error.code).toBe("resources-insufficient");
  return { message: outcome.error.message, action: outcome.error.action, everFits: outcome.everFits };
}

const local = (fields: Partial<PlacementNode> = {}) => node("here", { coresPolicy: "shared", ...fields });

describe("on a machine that shares its cores", () => {
  it.each([
    ["three share eight", mcrts(3), 8, ["mcrt_i0@here:3", "mcrt_i1@here:3", "mcrt_i2@here:2"]],
    ["two share two", mcrts(2), 2, ["mcrt_i0@here:1", "mcrt_i1@here:1"]],
    ["three on two have a thread each", mcrts(3), 2, ["mcrt_i0@here:1", "mcrt_i1@here:1", "mcrt_i2@here:1"]],
    [
      "fixed cores are threads, also beyond what there is",
      mcrts(3, { minCores: 4, maxCores: 4 }),
      8,
      ["mcrt_i0@here:4", "mcrt_i1@here:4", "mcrt_i2@here:4"],
    ],
    [
      "a maximum leaves the rest to the others",
      [mcrt(0, { maxCores: 2 }), mcrt(1)],
      8,
      ["mcrt_i0@here:2", "mcrt_i1@here:6"],
    ],
    ["maxThreads bounds threads", mcrts(1, { maxThreads: 3 }), 8, ["mcrt_i0@here:3"]],
    ["reserved cores are left to the client", mcrts(1, { reservedCores: 1 }), 8, ["mcrt_i0@here:7"]],
    ["a merger of 0 cores has a thread and takes none", [mcrt(0), merge()], 8, ["mcrt_i0@here:8", "merge@here:1"]],
  ])("%s", (_, computations, cores, expected) => {
    expect(text(place(computations, [local({ cores })]))).toEqual(expected);
  });

  it("more cores than the machine has are refused, naming both", () => {
    const { message, everFits } = refusal(place(mcrts(1, { minCores: 22 }), [local()]));
    expect(message).toBe("No node has 22 cores free for mcrt_i0: most are on here, 8 of 8");
    expect(everFits).toBe(false);
  });

  it("memory is never shared: the refusal says what was asked, what is free and what to change", () => {
    const { message, action } = refusal(place([...mcrts(4, { memoryMB: 3000 }), merge()], [local()]));
    expect(message).toBe("No node has 3000 MB of memory free for mcrt_i2: most is on here, 2192 of 8192 MB");
    expect(action).toBe(
      "Use --num-mcrt 2, lower mcrt's memoryMB in the session definition, or add a node with 3000 MB free.",
    );
  });

  it("a range grows while there is memory and a core for each", () => {
    const growth = mcrts(16).slice(2);
    const roomy = place([...mcrts(2), merge()], [local({ cores: 6, memoryMB: 100_000 })], { growth });
    expect(text(roomy)).toHaveLength(7);
    const tight = place([...mcrts(2), merge()], [local({ cores: 6, memoryMB: 6000 })], { growth });
    expect(text(tight)).toEqual(["mcrt_i0@here:2", "mcrt_i1@here:2", "merge@here:1", "mcrt_i2@here:2"]);
  });
});

describe("on a farm", () => {
  it("computations that take what they get are spread; the rest of each node is divided among those there", () => {
    const nodes = [node("a", { cores: 8 }), node("b", { cores: 4 }), node("c", { cores: 4 })];
    expect(text(place(mcrts(3), nodes))).toEqual(["mcrt_i0@a:8", "mcrt_i1@b:4", "mcrt_i2@c:4"]);
    expect(text(place(mcrts(2), nodes.slice(0, 1)))).toEqual(["mcrt_i0@a:4", "mcrt_i1@a:4"]);
  });

  it("computations of fixed cores go where they leave the least memory", () => {
    const nodes = [node("large", { memoryMB: 64_000 }), node("small", { memoryMB: 4000 })];
    expect(text(place([mcrt(0, { maxCores: 1 })], nodes))).toEqual(["mcrt_i0@small:1"]);
  });

  it("a node that has the scene comes first where the rest is equal", () => {
    const nodes = [node("a", { bundles: ["other"] }), node("b", { bundles: ["other", "scene"] })];
    const placed = (bundleSha256?: string) => text(place([mcrt(0)], nodes, { bundleSha256 }));
    expect(placed("scene")).toEqual(["mcrt_i0@b:8"]);
    expect(placed("other")).toEqual(["mcrt_i0@a:8"]);
    expect(placed(undefined)).toEqual(["mcrt_i0@a:8"]);
  });

  it("a pinned computation gets its host although another came first", () => {
    const nodes = [node("a", { memoryMB: 2000 }), node("b", { memoryMB: 2000 })];
    const computations = [mcrt(0), mcrt(1, { hostnamePin: "a" })];
    expect(text(place(computations, nodes))).toEqual(["mcrt_i0@b:8", "mcrt_i1@a:8"]);
  });

  it("local_only and no_local are against the client's host", () => {
    const nodes = [node("a"), node("b")];
    const where = { clientHost: "a" };
    expect(text(place([mcrt(0, { locality: "local-only" })], nodes, where))).toEqual(["mcrt_i0@a:8"]);
    expect(text(place([mcrt(0, { locality: "no-local" })], nodes, where))).toEqual(["mcrt_i0@b:8"]);
  });

  it.each([
    ["as asked where that fits", 8, { minCores: 4, maxCores: 4 }, ["mcrt_i0@a:4", "mcrt_i1@a:4"], []],
    [
      "as many as fit, and what is left over",
      7,
      { minCores: 8, maxCores: 8 },
      ["mcrt_i0@a:4", "mcrt_i1@a:3"],
      ["--auto-fit: mcrt gets 3 of 8 cores, or what is left over"],
    ],
    [
      "one each at least",
      2,
      { minCores: 22, maxCores: "all" },
      ["mcrt_i0@a:1", "mcrt_i1@a:1"],
      ["--auto-fit: mcrt gets 1 of 22 cores, or what is left over"],
    ],
  ] as const)("--auto-fit: %s", (_, cores, fields, expected, notes) => {
    const outcome = place(mcrts(2, fields), [node("a", { cores })], { autoFit: true });
    expect(text(outcome)).toEqual(expected);
    expect(outcome).toMatchObject({ notes });
  });

  it("--auto-fit never lowers memory, and says what is missing then", () => {
    const outcome = place(mcrts(2, { minCores: 22, memoryMB: 5000 }), [node("a")], { autoFit: true });
    expect(refusal(outcome).message).toBe(
      "No node has 5000 MB of memory free for mcrt_i1: most is on a, 3192 of 8192 MB",
    );
  });

  it("growth comes with nodes: what fits now, in order", () => {
    const ledger = new ReservationLedger();
    const nodes = [node("a")];
    const first = placeSession(request(mcrts(1)), nodes, ledger);
    if (first.t === "refused") throw first.error;
    ledger.reserve(
      first.placements.map(({ reservation }) => reservation),
      nodes,
    );
    const later = request([], { growth: mcrts(4).slice(1) });
    expect(placeGrowth(later, nodes, ledger)).toEqual([]);
    const grown = placeGrowth(later, [...nodes, node("b", { cores: 2 })], ledger);
    expect(text({ t: "placed", placements: grown, notes: [] })).toEqual(["mcrt_i1@b:1", "mcrt_i2@b:1"]);
  });

  it.each([
    ["no node", mcrt(0), [], {}, "No node is there"],
    ["draining", mcrt(0), [node("a", { closed: true })], {}, "all of them are draining or lost"],
    ["renderer", mcrt(0), [node("a", { renderers: ["fake"] })], {}, "the renderer embree for mcrt_i0: a has fake"],
    ["tags", mcrt(0), [node("a", { tags: ["x"] })], { tags: ["gpu"] }, "the tags gpu for mcrt_i0: a has x"],
    ["architecture", mcrt(0), [node("a")], { architecture: "arm64" }, "the architecture arm64 for mcrt_i0: a is x64"],
    [
      "bits",
      mcrt(0),
      [node("a", { instructionSet: "sse2", rendererVersions: ["embree 3.13.5"] })],
      { instructionSet: "embree-3.13.5-avx2" },
      "samples of embree-3.13.5-avx2, with which mcrt_i0's film has begun: a has embree-3.13.5-sse2",
    ],
    ["host", mcrt(0, { hostnamePin: "z" }), [node("a")], {}, "the host name z, to which mcrt_i0 is pinned: there is a"],
    [
      "memory",
      mcrt(0, { memoryMB: 9000 }),
      [node("a"), node("b", { renderers: [] })],
      {},
      "9000 MB of memory free for mcrt_i0: most is on a, 8192 of 8192 MB",
    ],
  ])("what is missing is named: %s", (_, computation, nodes, fields, expected) => {
    expect(refusal(place([computation], nodes, fields)).message).toContain(expected);
  });

  it("a merger needs no renderer", () => {
    expect(text(place([merge()], [node("a", { renderers: [] })]))).toEqual(["merge@a:1"]);
  });

  it("a session that only others keep out is told that waiting helps", () => {
    const nodes = [node("a")];
    const ledger = new ReservationLedger();
    ledger.reserve([{ sessionId: "other", computation: "x", nodeId: "a", memoryMB: 8000, cores: 0 }], nodes);
    const { action, everFits } = refusal(placeSession(request(mcrts(1)), nodes, ledger));
    expect(everFits).toBe(true);
    expect(action).toContain("wait for other sessions to end");
  });
});

const anyNodes = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    cores: fc.integer({ min: 1, max: 64 }),
    memoryMB: fc.integer({ min: 500, max: 32_000 }),
    coresPolicy: fc.constantFrom("exclusive" as const, "shared" as const),
  }),
  { selector: ({ id }) => id, minLength: 1 },
);

const anyComputations = fc
  .array(
    fc.record({
      minCores: fc.constantFrom(0, 0.5, 1, 2, 7.5, 16),
      extraCores: fc.constantFrom<number | "all">(0, 1, 4, "all"),
      memoryMB: fc.integer({ min: 128, max: 12_000 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((wishes) =>
    wishes.map(({ minCores, extraCores, memoryMB }, index) => {
      const maxCores = extraCores === "all" ? extraCores : minCores + extraCores;
      return mcrt(index, { minCores, maxCores, memoryMB });
    }),
  );

describe("whatever is asked", () => {
  it("a placement is whole or not at all, and within every node", () => {
    fc.assert(
      fc.property(anyNodes, anyComputations, fc.nat(12), (fields, all, growthCount) => {
        const nodes = fields.map((each) => node(each.id, each));
        const needed = all.slice(0, Math.max(1, all.length - growthCount));
        const outcome = place(needed, nodes, { growth: all.slice(needed.length) });
        if (outcome.t === "refused") return;
        const names = outcome.placements.map(({ computation }) => computation.name);
        expect(names).toEqual(all.slice(0, names.length).map(({ name }) => name));
        expect(names.length).toBeGreaterThanOrEqual(needed.length);
        for (const { computation, threadCount } of outcome.placements) {
          expect(threadCount).toBeGreaterThanOrEqual(1);
          expect(threadCount).toBeGreaterThanOrEqual(Math.floor(computation.minCores));
          if (computation.maxCores !== "all")
            expect(threadCount).toBeLessThanOrEqual(Math.max(1, computation.maxCores));
        }
        // The ledger refuses what is over a node.
        new ReservationLedger().reserve(
          outcome.placements.map(({ reservation }) => reservation),
          nodes,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("a refusal is true at least for a single computation: no node could take it", () => {
    fc.assert(
      fc.property(anyNodes, anyComputations, (fields, [computation]) => {
        const nodes = fields.map((each) => node(each.id, each));
        const fits = nodes.some((each) => each.cores >= computation.minCores && each.memoryMB >= computation.memoryMB);
        expect(place([computation], nodes).t === "placed").toBe(fits);
      }),
    );
  });
});
