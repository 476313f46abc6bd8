// The command line's word over the definition's: counts and cores. Unlike Arras, whose --num-cores replaces the whole
// of `resources`, memory stays what the definition says.
import { ArrasError } from "../../proto/errors.ts";
import { withMerge } from "./built-in-merge.ts";
import type { ComputationArray, ComputationDefinition, ResourceRequirement, SessionDefinition } from "./definition.ts";

export interface DefinitionOverrides {
  /** `--num-mcrt N` (min = max) or `N-M`. */
  readonly mcrtCount?: { readonly min: number; readonly max: number };
  /** `--num-cores`: of each mcrt. */
  readonly numCores?: number;
  readonly mergeCores?: number;
  /** `--local-only`, `--no-local`: of every computation. */
  readonly locality?: "local-only" | "no-local";
}

/** Throws ArrasError where an override has nothing to apply to, or more than one thing. */
export function applyOverrides(definition: SessionDefinition, overrides: DefinitionOverrides): SessionDefinition {
  const { mcrtCount, numCores, mergeCores, locality } = overrides;
  let computations = withMerge(definition).computations;
  if (mcrtCount !== undefined || numCores !== undefined) {
    const mcrt = overriddenMcrt(definition);
    const array = mcrtCount === undefined ? mcrt.array : arrayOf(mcrtCount);
    const resources = numCores === undefined ? mcrt.resources : withCores(mcrt.resources, numCores);
    computations = computations.map((each) => (each.name === mcrt.name ? { ...each, array, resources } : each));
  }
  if (mergeCores !== undefined) {
    computations = computations.map((each) =>
      each.kind === "merge" ? { ...each, resources: withCores(each.resources, mergeCores) } : each,
    );
  }
  if (locality !== undefined) computations = computations.map((each) => ({ ...each, locality }));
  return { ...definition, computations };
}

function arrayOf(count: { readonly min: number; readonly max: number }): ComputationArray {
  return count.min === count.max ? { t: "fixed", count: count.min } : { t: "range", min: count.min, max: count.max };
}

function withCores(resources: ResourceRequirement, cores: number): ResourceRequirement {
  return { ...resources, minCores: cores, maxCores: cores };
}

/** The only computation that renders, or the one that Arras's client would change: `mcrt`. */
function overriddenMcrt(definition: SessionDefinition): ComputationDefinition {
  const renderers = definition.computations.filter(({ kind }) => kind === "mcrt");
  const chosen = renderers.length === 1 ? renderers[0] : renderers.find(({ name }) => name === "mcrt");
  if (chosen !== undefined) return chosen;
  const names = renderers.map(({ name }) => name).join(", ");
  throw new ArrasError("session-definition-broken", {
    message:
      renderers.length === 0
        ? "--num-mcrt and --num-cores need a computation that renders, and the definition has none"
        : `--num-mcrt and --num-cores change one computation, and several render: ${names}`,
    action: renderers.length === 0 ? "Choose another session definition (-s)." : "Name one of them mcrt.",
    place: { path: `${definition.path}: computations` },
  });
}
