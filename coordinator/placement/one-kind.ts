// One kind of machine for all of a session's renderers, so that their samples have the same bits: chosen as it is placed,
// before any of them has said what it renders with, and kept from then on. Pure.
import type { PlacementNode, PlacementRequest } from "./placement-request.ts";
import type { Reservation } from "./reservations.ts";
import { bitsOn } from "./same-bits.ts";

/** The request for each kind of machine that there is; as it is where its kind is settled, or there is no choice. */
export function kindsFor(request: PlacementRequest, nodes: readonly PlacementNode[]): readonly PlacementRequest[] {
  if (request.instructionSet !== undefined) return [request];
  const able = nodes.filter(({ renderers }) => renderers.includes(request.renderer));
  const kinds = new Set(able.flatMap((node) => bitsOn(node, request.renderer) ?? []));
  if (kinds.size < 2) return [request];
  return [...kinds].sort().map((instructionSet) => ({ ...request, instructionSet }));
}

/** Of a session that has places: for the kind of machine that its renderers have, as far as their nodes say. */
export function forItsKind(
  request: PlacementRequest,
  nodes: readonly PlacementNode[],
  held: readonly Reservation[],
): PlacementRequest {
  if (request.instructionSet !== undefined) return request;
  const all = [...request.computations, ...(request.growth ?? [])];
  const renders = new Set(all.filter(({ kind }) => kind === "mcrt").map(({ name }) => name));
  for (const { computation, nodeId } of held) {
    const node = renders.has(computation) ? nodes.find(({ id }) => id === nodeId) : undefined;
    const instructionSet = node === undefined ? undefined : bitsOn(node, request.renderer);
    if (instructionSet !== undefined) return { ...request, instructionSet };
  }
  return request;
}
