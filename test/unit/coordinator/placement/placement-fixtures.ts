// Nodes and computations for tests of placement, with everything that a test does not speak of filled in.
import type { PlacementNode } from "../../../../coordinator/placement/placement-request.ts";
import type { ExpandedComputation } from "../../../../coordinator/session-definition/expand.ts";

export function node(id: string, fields: Partial<PlacementNode> = {}): PlacementNode {
  return {
    id,
    host: id,
    cores: 8,
    memoryMB: 8192,
    coresPolicy: "exclusive",
    renderers: ["embree"],
    tags: [],
    architecture: "x64",
    ...fields,
  };
}

export function mcrt(index: number, fields: Partial<ExpandedComputation> = {}): ExpandedComputation {
  return {
    name: `mcrt_i${index}`,
    group: "mcrt",
    index,
    kind: "mcrt",
    minCores: 1,
    maxCores: "all",
    memoryMB: 1536,
    reservedCores: 0,
    maxThreads: undefined,
    hostnamePin: undefined,
    locality: "any",
    environment: {},
    logLevel: undefined,
    options: {},
    ...fields,
  };
}

export function merge(fields: Partial<ExpandedComputation> = {}): ExpandedComputation {
  const waiting = { minCores: 0, maxCores: 0, memoryMB: 1024 } as const;
  return mcrt(0, { name: "merge", group: "merge", kind: "merge", ...waiting, ...fields });
}

export function mcrts(count: number, fields: Partial<ExpandedComputation> = {}): ExpandedComputation[] {
  return Array.from({ length: count }, (_, index) => mcrt(index, fields));
}
