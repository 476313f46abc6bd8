// Whether one computation may go to one node, and if not, for want of what.

import type { ExpandedComputation } from "../session-definition/expand.ts";
import type { PlacementNode, PlacementRequest } from "./placement-request.ts";
import type { ReservationLedger } from "./reservations.ts";
import { mayHaveSameBits } from "./same-bits.ts";

/** A node while a session is being placed: what is left of it. */
export interface NodeLoad {
  readonly node: PlacementNode;
  freeMemoryMB: number;
  freeCores: number;
  /** Computations of this session that compute there. */
  sessionCount: number;
  /** Computations of any session that compute there. */
  computingCount: number;
  /** The session's scene is in its cache. */
  readonly holdsScene: boolean;
}

export interface Fit {
  readonly computation: ExpandedComputation;
  readonly node: PlacementNode;
}

/** In the order in which they are asked; the furthest that any node came names what is missing. */
export const resourceOrder = ["open", "host", "architecture", "tags", "renderer", "cores", "memory"] as const;
export type ResourceName = (typeof resourceOrder)[number];

export interface Misfit {
  readonly node: PlacementNode;
  readonly missing: ResourceName;
  /** Cores or MB that are free there; of what else is missing, 0. */
  readonly free: number;
}

/** `bundleSha256`: of the scene that the nodes may have already. */
export function nodeLoads(
  nodes: readonly PlacementNode[],
  ledger: ReservationLedger,
  bundleSha256?: string,
): NodeLoad[] {
  return nodes.map((node) => ({
    node,
    freeMemoryMB: ledger.freeMemoryMB(node),
    freeCores: ledger.freeCores(node),
    sessionCount: 0,
    computingCount: ledger.onNode(node.id).filter(({ cores }) => cores > 0).length,
    holdsScene: bundleSha256 !== undefined && (node.bundles?.includes(bundleSha256) ?? false),
  }));
}

/** undefined: it fits. */
export function misfit(
  request: PlacementRequest,
  computation: ExpandedComputation,
  load: NodeLoad,
): Misfit | undefined {
  const { node } = load;
  const checks: Record<ResourceName, boolean> = {
    open: node.closed !== true,
    host: hostFits(request, computation, node.host),
    architecture:
      (request.architecture === undefined || request.architecture === node.architecture) &&
      (computation.kind !== "mcrt" || mayHaveSameBits(request, node)),
    tags: (request.tags ?? []).every((tag) => node.tags.includes(tag)),
    renderer: computation.kind !== "mcrt" || node.renderers.includes(request.renderer),
    cores: computation.minCores <= load.freeCores,
    memory: computation.memoryMB <= load.freeMemoryMB,
  };
  const missing = resourceOrder.find((name) => !checks[name]);
  if (missing === undefined) return undefined;
  const free = missing === "memory" ? load.freeMemoryMB : missing === "cores" ? load.freeCores : 0;
  return { node, missing, free };
}

function hostFits(request: PlacementRequest, { hostnamePin, locality }: ExpandedComputation, host: string): boolean {
  if (hostnamePin !== undefined && hostnamePin !== host) return false;
  if (locality === "local-only") return request.clientHost === host;
  return locality !== "no-local" || request.clientHost !== host;
}
