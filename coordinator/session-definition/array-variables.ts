// "$arrayIndex", "$arrayNumber", "$arrayNumber.<name>": texts that stand for a computation's place in its array and
// for lengths of arrays. Only whole texts at the top level of a computation count, as in Arras.

export type ArrayVariable =
  | { readonly t: "index" }
  /** Length of the own array, or of the named computation's. */
  | { readonly t: "count"; readonly of: string | undefined };

/** undefined: an ordinary text. */
export function arrayVariable(text: string): ArrayVariable | undefined {
  if (text === "$arrayIndex") return { t: "index" };
  if (text === "$arrayNumber") return { t: "count", of: undefined };
  const prefix = "$arrayNumber.";
  return text.startsWith(prefix) ? { t: "count", of: text.slice(prefix.length) } : undefined;
}

export interface ArrayPosition {
  /** 0 for a computation that is no array. */
  readonly index: number;
  readonly name: string;
  /** Lengths by computation; 1 for those that are no array. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The values with every variable replaced. A name that no computation has was refused when the file was read. */
export function evaluateOptions(
  options: { readonly [name: string]: string | number | boolean },
  position: ArrayPosition,
): { [name: string]: string | number | boolean } {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const variable = typeof value === "string" ? arrayVariable(value) : undefined;
      if (variable === undefined) return [name, value];
      if (variable.t === "index") return [name, position.index];
      return [name, position.counts.get(variable.of ?? position.name) ?? 1];
    }),
  );
}
