// What the user has chosen to see, and how a key or a control changes it. All of it is the page's own: no other viewer
// sees a change.
import { shownOutput } from "./outputs.ts";

export const tones = ["srgb", "filmic", "false-color"] as const;
export type Tone = (typeof tones)[number];

export const channels = ["rgb", "r", "g", "b", "a", "luminance"] as const;
export type Channel = (typeof channels)[number];

export const qualities = ["auto", "half", "webp"] as const;
export type Quality = (typeof qualities)[number];

/** In the place of a second output's name: the stored snapshot. */
export const snapshotName = "snapshot";

export interface ViewChoices {
  /** Name of an output, see outputs.ts. */
  readonly output: string;
  /** Right of the wipe; undefined: nothing, the whole page shows `output`. */
  readonly compared: string | undefined;
  /** Where the wipe is, 0 (left) to 1 of the page's width. */
  readonly wipe: number;
  readonly exposureStops: number;
  readonly gamma: number;
  readonly tone: Tone;
  readonly channel: Channel;
  readonly quality: Quality;
}

export const initialChoices: ViewChoices = {
  output: "beauty",
  compared: undefined,
  wipe: 0.5,
  exposureStops: 0,
  gamma: 1,
  tone: "srgb",
  channel: "rgb",
  quality: "auto",
};

export const exposureStopsMax = 16;
export const gammaMin = 0.2;
export const gammaMax = 5;

/** What is out of range goes to its edge: it comes from keys that are held down. */
export function changed(choices: ViewChoices, change: Partial<ViewChoices>): ViewChoices {
  const next = { ...choices, ...change };
  return {
    ...next,
    exposureStops: between(-exposureStopsMax, next.exposureStops, exposureStopsMax),
    // Steps of a tenth would pile up to 1.2000000000000002.
    gamma: Math.round(100 * between(gammaMin, next.gamma, gammaMax)) / 100,
    wipe: between(0, next.wipe, 1),
    compared: next.compared === next.output ? undefined : next.compared,
  };
}

/** Exposure, gamma, tone and channel as at the beginning; what is shown stays. */
export function withPlainDisplay(choices: ViewChoices): ViewChoices {
  const { exposureStops, gamma, tone, channel } = initialChoices;
  return { ...choices, exposureStops, gamma, tone, channel };
}

/** The one after `present` in `all`, or before it; round and round. */
export function neighbour<T>(all: readonly T[], present: T, step: 1 | -1): T {
  const index = all.indexOf(present);
  return all.length === 0 ? present : (all[(index + step + all.length) % all.length] as T);
}

/** Names of outputs whose tiles are needed: never more than two, so within limits.previewOutputsMax. */
export function wishedOutputs({ output, compared }: ViewChoices): string[] {
  return compared === undefined || compared === snapshotName ? [output] : [output, compared];
}

/** A picture that was exposed and toned before it was sent is enough for these; for others it would lose the numbers. */
export function mayBePicture({ tone, channel, ...choices }: ViewChoices): boolean {
  return (
    tone !== "false-color" &&
    channel === "rgb" &&
    wishedOutputs({ tone, channel, ...choices }).every((name) => shownOutput(name).kind === "color")
  );
}

function between(low: number, value: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
