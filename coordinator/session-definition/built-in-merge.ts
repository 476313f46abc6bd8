// The merge computation for definitions that have none (Arras's mcrt_progressive: one mcrt speaks to the client
// there). Here a film is always merged by its own process.
import type { ComputationDefinition, SessionDefinition } from "./definition.ts";

/** A 4K film with every output needs 1.5 GB (film-memory.ts); the process waits for the network far more than it computes. */
const builtInMerge: ComputationDefinition = {
  name: "merge",
  dso: "libcomputation_progmcrt_merge.so",
  kind: "merge",
  entry: false,
  array: { t: "single" },
  resources: { minCores: 0, maxCores: 0, memoryMB: 2048, reservedCores: 0 },
  hostnamePin: undefined,
  locality: "any",
  environment: {},
  maxThreads: undefined,
  logLevel: undefined,
  options: {},
  messages: [],
};

export function withMerge(definition: SessionDefinition): SessionDefinition {
  if (definition.computations.some(({ kind }) => kind === "merge")) return definition;
  const taken = definition.computations.some(({ name }) => name === builtInMerge.name);
  const merge = taken ? { ...builtInMerge, name: "merge.film" } : builtInMerge;
  return { ...definition, computations: [...definition.computations, merge] };
}
