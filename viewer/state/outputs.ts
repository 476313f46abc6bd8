// The outputs that the page can show of a film: what their numbers are, and so how they become colours and text.
import type { OutputName } from "../../proto/outputs.ts";

/** `color`: light or reflectance. The rest are measured things, which exposure and tone would falsify. */
export type OutputKind = "color" | "normal" | "position" | "depth" | "id" | "samples" | "error";

export interface ShownOutput {
  readonly kind: OutputKind;
  /** For people. */
  readonly label: string;
  /** Names of its values, in the order of the texture's channels. */
  readonly channels: readonly string[];
}

/** Made of the beauty where the film is, not of samples. */
export const denoisedName = "denoised";

const shown: Readonly<Record<Exclude<OutputName, "luminance2"> | "samples" | "error" | "denoised", ShownOutput>> = {
  beauty: { kind: "color", label: "Beauty", channels: ["R", "G", "B", "A"] },
  alpha: { kind: "color", label: "Alpha", channels: ["A"] },
  albedo: { kind: "color", label: "Albedo", channels: ["R", "G", "B"] },
  normal: { kind: "normal", label: "Normal", channels: ["X", "Y", "Z"] },
  position: { kind: "position", label: "Position", channels: ["X", "Y", "Z"] },
  depth: { kind: "depth", label: "Depth", channels: ["Z"] },
  id: { kind: "id", label: "Object id", channels: ["id"] },
  samples: { kind: "samples", label: "Sample count", channels: ["samples"] },
  error: { kind: "error", label: "Error", channels: ["error"] },
  denoised: { kind: "color", label: "Denoised", channels: ["R", "G", "B", "A"] },
};

/** Of a film with these outputs (FilmSpec.outputs): the picture first, maps of its samples last. */
export function shownOutputs(filmOutputs: readonly string[], canDenoise: boolean): string[] {
  // Alpha travels with the beauty: it is a channel there.
  const present = filmOutputs.filter((name) => Object.hasOwn(shown, name) && name !== "alpha");
  const [beauty = "beauty", ...others] = present;
  return [beauty, ...(canDenoise ? [denoisedName] : []), ...others, "samples", "error"];
}

/** Unknown ones are shown as colours: a newer coordinator may have more. */
export function shownOutput(name: string): ShownOutput {
  return Object.hasOwn(shown, name)
    ? shown[name as keyof typeof shown]
    : { kind: "color", label: name, channels: ["R", "G", "B", "A"] };
}
