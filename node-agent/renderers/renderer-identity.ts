// What a renderer says of itself on a machine (identify-main.ts), and what of it a node tells the farm.
import { z } from "zod";
import type { CommandOutcome } from "../bounded-command.ts";

const text = z.string().max(1024);
const identitySchema = z.discriminatedUnion("t", [
  z.object({ t: z.literal("here"), name: text, version: text, instructionSet: text }),
  z.object({ t: z.literal("missing"), name: text, reason: text }),
]);

export type RendererIdentity = Readonly<z.infer<typeof identitySchema>>;

/** Of each name: what identify-main.ts said of it, otherwise that it could not. */
export function identitiesIn(outcome: CommandOutcome, names: readonly string[]): RendererIdentity[] {
  const missing = (reason: string) => names.map((name): RendererIdentity => ({ t: "missing", name, reason }));
  if (outcome.t === "failed") return missing(`it did not say what it is: ${outcome.reason}`);
  if (outcome.exitCode !== 0) return missing(`it did not say what it is: exit code ${outcome.exitCode}`);
  try {
    const identities = z.array(identitySchema).parse(JSON.parse(outcome.output));
    if (names.every((name, at) => identities[at]?.name === name)) return identities;
  } catch {
    // Falls through: no JSON, and JSON of another form, are the same mistake.
  }
  return missing("what it says of itself cannot be read");
}

export interface RendererOffer {
  readonly renderers: readonly string[];
  /** "embree 3.13.5" */
  readonly rendererVersions: readonly string[];
  /** E.g. "avx2"; empty where no renderer's bits depend on it. */
  readonly instructionSet: string;
}

export function offerOf(identities: readonly RendererIdentity[]): RendererOffer {
  const here = identities.filter((each) => each.t === "here");
  const sets = here.flatMap(({ name, version, instructionSet }) => {
    const prefix = `${name}-${version}-`;
    return instructionSet.startsWith(prefix) ? [instructionSet.slice(prefix.length)] : [];
  });
  return {
    renderers: here.map(({ name }) => name),
    rendererVersions: here.map(({ name, version }) => `${name} ${version}`),
    instructionSet: sets[0] ?? "",
  };
}
