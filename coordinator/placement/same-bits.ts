// Whether a node's renderer gives samples the bits that a session's film has already, as far as the node has said. Pure.
import type { PlacementNode, PlacementRequest } from "./placement-request.ts";

/** What Prepared.instruction_set will say there, e.g. "embree-3.13.5-avx2-rcp1c07e9d4"; undefined: the node has not said enough. */
export function bitsOn(node: PlacementNode, renderer: string): string | undefined {
  const [, version] = node.rendererVersions?.map((each) => each.split(" ")).find(([name]) => name === renderer) ?? [];
  const { instructionSet = "" } = node;
  return version === undefined || instructionSet === "" ? undefined : `${renderer}-${version}-${instructionSet}`;
}

/** Where that cannot be told, it may: its computation is asked again when it has loaded the scene. */
export function mayHaveSameBits({ renderer, instructionSet }: PlacementRequest, node: PlacementNode): boolean {
  // A renderer whose bits depend on no machine names itself alone.
  if (instructionSet === undefined || !instructionSet.startsWith(`${renderer}-`)) return true;
  const bits = bitsOn(node, renderer);
  return bits === undefined || bits === instructionSet;
}
