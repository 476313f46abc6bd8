// The outputs (AOVs) that a film can hold and how each is merged. A closed list: a renderer's unknown output is
// refused, never averaged.

/**
 * sum: divided by the sample count when resolved. min: least value. closest: value of the nearest sample; among those of
 * equal depth the lexicographically least of the output's channels, so that it does not matter who comes first.
 */
export type MergeOp = "sum" | "min" | "closest";

export interface OutputDeclaration {
  readonly channels: readonly string[];
  readonly op: MergeOp;
}

/**
 * Every output that travels from renderer to merger. `luminance2` is the sum of squared luminance (Rec. 709 weights)
 * from which the error is estimated. `depth` is the distance along the ray's camera axis in metres, +∞ where nothing
 * was hit. `id` is 1-based (0: no object), held as a float and exact below 2²⁴.
 */
export const outputDeclarations = {
  beauty: { channels: ["R", "G", "B"], op: "sum" },
  alpha: { channels: ["A"], op: "sum" },
  luminance2: { channels: ["Y"], op: "sum" },
  albedo: { channels: ["R", "G", "B"], op: "sum" },
  normal: { channels: ["X", "Y", "Z"], op: "sum" },
  depth: { channels: ["Z"], op: "min" },
  position: { channels: ["X", "Y", "Z"], op: "closest" },
  id: { channels: ["id"], op: "closest" },
} as const satisfies Record<string, OutputDeclaration>;

export type OutputName = keyof typeof outputDeclarations;

/** The canonical order: of wire planes, of the film hash, of EXR layers. */
export const outputOrder = Object.keys(outputDeclarations) as readonly OutputName[];

/** Always in the film: the picture, its coverage and its error. */
export const requiredOutputs: readonly OutputName[] = ["beauty", "alpha", "luminance2"];

/**
 * The film's outputs for the wanted ones: the required ones added, `depth` too where a `closest` output needs it,
 * in canonical order, without repeats.
 */
export function filmOutputs(wanted: readonly OutputName[]): OutputName[] {
  const set = new Set<OutputName>([...requiredOutputs, ...wanted]);
  for (const name of set) if (outputDeclarations[name].op === "closest") set.add("depth");
  return outputOrder.filter((name) => set.has(name));
}
