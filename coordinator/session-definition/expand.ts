// From a definition to the processes of a session: arrays unrolled, variables evaluated, defaults filled in and said.
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { evaluateOptions } from "./array-variables.ts";
import { withMerge } from "./built-in-merge.ts";
import type { ComputationDefinition, SessionDefinition } from "./definition.ts";

/** What Arras's node reserves when a definition says nothing (minicoord: 16384, which few machines have). */
export const defaultMemoryMB = 2048;

export interface ExpandedComputation {
  /** `mcrt_i0`, or `merge`. */
  readonly name: string;
  /** Its name in the definition. */
  readonly group: string;
  readonly index: number;
  readonly kind: "mcrt" | "merge";
  readonly minCores: number;
  readonly maxCores: number | "all";
  readonly memoryMB: number;
  readonly reservedCores: number;
  readonly maxThreads: number | undefined;
  readonly hostnamePin: string | undefined;
  readonly locality: "any" | "local-only" | "no-local";
  readonly environment: { readonly [name: string]: string };
  readonly logLevel: number | undefined;
  readonly options: { readonly [name: string]: string | number | boolean };
}

export interface ExpandedSession {
  /** Must all be placed for the session to start. */
  readonly computations: readonly ExpandedComputation[];
  /** Of ranges, beyond their minimum: placed in this order as there is room. */
  readonly growth: readonly ExpandedComputation[];
  /** What was assumed, for lines of information. */
  readonly notes: readonly string[];
}

/** Throws ArrasErrors (`session-definition-broken`, `limit-exceeded`): what cannot run, all of it. */
export function expandDefinition(given: SessionDefinition): ExpandedSession {
  const definition = withMerge(given);
  const mistakes = runMistakes(definition);
  if (mistakes.length > 0) throw new ArrasErrors(mistakes);
  const counts = new Map(definition.computations.map((each) => [each.name, countsOf(each).max]));
  const computations: ExpandedComputation[] = [];
  const growth: ExpandedComputation[] = [];
  const notes: string[] = [];
  for (const each of definition.computations) {
    if (each.kind !== "mcrt" && each.kind !== "merge") continue;
    if (each.resources.memoryMB === undefined) {
      notes.push(`${each.name}: the definition gives no memoryMB, ${defaultMemoryMB} MB are reserved`);
    }
    const { min, max } = countsOf(each);
    for (let index = 0; index < max; index += 1) {
      (index < min ? computations : growth).push(expandOne(each, each.kind, index, counts));
    }
  }
  if (!given.computations.some(({ kind }) => kind === "merge")) notes.push("the built-in merge computation was added");
  return { computations, growth, notes };
}

/** A range counts with its maximum, so that an index stays below the length while the session grows. */
function countsOf({ array }: ComputationDefinition): { min: number; max: number } {
  if (array.t === "range") return array;
  const count = array.t === "fixed" ? array.count : 1;
  return { min: count, max: count };
}

function expandOne(
  definition: ComputationDefinition,
  kind: "mcrt" | "merge",
  index: number,
  counts: ReadonlyMap<string, number>,
): ExpandedComputation {
  const { name, resources, array } = definition;
  return {
    name: array.t === "single" ? name : `${name}_i${index}`,
    group: name,
    index,
    kind,
    minCores: resources.minCores,
    maxCores: resources.maxCores,
    memoryMB: resources.memoryMB ?? defaultMemoryMB,
    reservedCores: resources.reservedCores,
    maxThreads: definition.maxThreads,
    hostnamePin: definition.hostnamePin,
    locality: definition.locality,
    environment: definition.environment,
    logLevel: definition.logLevel,
    options: evaluateOptions(definition.options, { index, name, counts }),
  };
}

function runMistakes(definition: SessionDefinition): ArrasError[] {
  const { path, computations } = definition;
  const mistakes = computations.filter(({ kind }) => kind === "unknown").map((each) => noRenderer(path, each));
  const merges = computations.filter(({ kind }) => kind === "merge");
  if (merges.length > 1) {
    const message = `A session has one merge computation, here are ${merges.length}: ${merges.map(({ name }) => name).join(", ")}`;
    mistakes.push(broken(path, "computations", message, "Keep one of them."));
  }
  const renderers = computations.filter(({ kind }) => kind === "mcrt");
  if (renderers.length === 0 && mistakes.length === 0) {
    const action = "Add a computation whose dso is libcomputation_progmcrt.so, or choose another definition (-s).";
    mistakes.push(broken(path, "computations", "The definition has no computation that renders", action));
  }
  const total = renderers.reduce((sum, each) => sum + countsOf(each).max, 0);
  if (total > limits.mcrtCountMax) {
    mistakes.push(
      new ArrasError("limit-exceeded", {
        message: `The session would have ${total} computations that render; the limit mcrtCountMax is ${limits.mcrtCountMax}`,
        action: "Ask for fewer (--num-mcrt).",
        place: { path: `${path}: computations` },
      }),
    );
  }
  return mistakes;
}

function noRenderer(path: string, { name, dso }: ComputationDefinition): ArrasError {
  const field = `computations.${name}.dso`;
  if (/@\w+@/.test(dso)) {
    const message = `The dso of ${name} is ${dso}, a variable that a build would have replaced: the file is a template`;
    return broken(path, field, message, "Write the library in its place, e.g. libcomputation_progmcrt.so.");
  }
  const action = "Here libcomputation_progmcrt, …_dispatch and …_merge can run; choose another definition (-s).";
  return broken(path, field, `There is no renderer for dso ${JSON.stringify(dso)} of ${name}`, action);
}

function broken(path: string, field: string, message: string, action: string): ArrasError {
  return new ArrasError("session-definition-broken", { message, action, place: { path: `${path}: ${field}` } });
}
