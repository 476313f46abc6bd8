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

/**
 * Throws ArrasError where more than one computation is meant. With none that renders it changes nothing: expanding
 * the definition says why nothing does.
 */
export function applyOverrides(definition: SessionDefinition, overrides: DefinitionOverrides): SessionDefinition {
  const { mcrtCount, numCores, mergeCores, locality } = overrides;
  let computations = withMerge(definition).computations;
  if (mcrtCount !== undefined || numCores !== undefined) {
    const mcrt = overriddenMcrt(definition);
    computations = computations.map((each) => {
      if (each.name !== mcrt?.name) return each;
      const array = mcrtCount === undefined ? each.array : arrayOf(mcrtCount);
      const resources = numCores === undefined ? each.resources : withCores(each.resources, numCores);
      return { ...each, array, resources };
    });
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
function overriddenMcrt(definition: SessionDefinition): ComputationDefinition | undefined {
  const renderers = definition.computations.filter(({ kind }) => kind === "mcrt");
  if (renderers.length <= 1) return renderers[0];
  const chosen = renderers.find(({ name }) => name === "mcrt");
  if (chosen !== undefined) return chosen;
  const names = renderers.map(({ name }) => name).join(", ");
  throw new ArrasError("session-definition-broken", {
    message: `--num-mcrt and --num-cores change one computation, and several render: ${names}`,
    action: "Name one of them mcrt.",
    place: { path: `${definition.path}: computations` },
  });
}
