// How many processes a session begins with, before anybody plans it: so that they can be started at once. Pure.
import { expandDefinition } from "./expand.ts";
import { applyOverrides, type DefinitionOverrides } from "./overrides.ts";
import { readSessionDefinition } from "./read-definition.ts";

export interface ProcessCounts {
  readonly merge: number;
  readonly mcrt: number;
}

/**
 * Those that every process can become: one for which the definition sets environment variables has to be started with
 * them. None where the definition cannot be read: who plans the session says why.
 */
export function firstProcesses(text: string, path: string, overrides: DefinitionOverrides): ProcessCounts {
  try {
    const { computations } = expandDefinition(applyOverrides(readSessionDefinition(text, path), overrides));
    const plain = computations.filter(({ environment }) => Object.keys(environment).length === 0);
    const count = (kind: "merge" | "mcrt") => plain.filter((each) => each.kind === kind).length;
    return { merge: count("merge"), mcrt: count("mcrt") };
  } catch {
    return { merge: 0, mcrt: 0 };
  }
}
