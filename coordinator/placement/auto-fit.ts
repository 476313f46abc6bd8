// --auto-fit: with how many cores a session fits that asks for more than are free. Memory is never lowered, because a
// scene needs what it needs. Pure.
import type { ExpandedComputation } from "../session-definition/expand.ts";
import type { PlacementRequest } from "./placement-request.ts";

/** The most that fits, whole cores, or undefined. What is left over is still shared out, up to what was asked for. */
export function fewerCores(
  request: PlacementRequest,
  fits: (lowered: PlacementRequest) => boolean,
): PlacementRequest | undefined {
  const asked = Math.max(0, ...request.computations.map(({ minCores }) => minCores));
  let fitting: PlacementRequest | undefined;
  let [least, most] = [1, Math.ceil(asked) - 1];
  while (least <= most) {
    const middle = (least + most) >> 1;
    const lowered = withAtMost(request, middle);
    if (fits(lowered)) {
      fitting = lowered;
      least = middle + 1;
    } else {
      most = middle - 1;
    }
  }
  return fitting;
}

export function leastCores(request: PlacementRequest): PlacementRequest {
  return withAtMost(request, 1);
}

/** For people: once for each array. */
export function loweredNotes(asked: PlacementRequest, lowered: PlacementRequest): string[] {
  const notes = asked.computations.flatMap(({ group, minCores }, at) => {
    const { minCores: given } = lowered.computations[at] ?? { minCores };
    return given < minCores ? [`--auto-fit: ${group} gets ${given} of ${minCores} cores, or what is left over`] : [];
  });
  return [...new Set(notes)];
}

function withAtMost({ computations, growth, ...request }: PlacementRequest, cores: number): PlacementRequest {
  const lower = (each: ExpandedComputation) => ({ ...each, minCores: Math.min(each.minCores, cores) });
  return { ...request, computations: computations.map(lower), growth: (growth ?? []).map(lower) };
}
