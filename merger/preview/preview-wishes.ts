// A viewer's wish, checked: what it wants to see of a film, and in which form.

import { type DisplayOptions, type Tone, tones } from "../../proto/display-transform.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { PreviewEncoding, type PreviewWish } from "../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../proto/limits.ts";
import { denoiserMissing } from "../denoise/denoiser.ts";
import { isPreviewOutput, type PreviewOutput } from "./tile-image.ts";

export interface PreviewWishes {
  readonly outputs: readonly PreviewOutput[];
  readonly isDenoised: boolean;
  /** HALF, WEBP or JPEG. */
  readonly encoding: PreviewEncoding;
  readonly display: DisplayOptions;
  /** For WEBP and JPEG. Quality 0: the default. */
  readonly picture: { readonly encoding: "webp" | "jpeg"; readonly quality: number };
  /** Between two frames, milliseconds. */
  readonly intervalMs: number;
  /** Equal for wishes whose tiles have equal bytes. */
  readonly formKey: string;
}

/**
 * `missing`: why nothing can be denoised. Throws `usage` for what cannot be wished, an output that the film lacks among
 * it, and `denoiser-missing`.
 */
export function previewWishes(wish: PreviewWish, spec: FilmSpec, missing: string | undefined): PreviewWishes {
  const { outputs, encoding, exposureStops, tone, quality, framesPerSecond } = wish;
  if (outputs.length < 1 || outputs.length > limits.previewOutputsMax)
    throw impossible(
      `${outputs.length} outputs at once; 1 to previewOutputsMax = ${limits.previewOutputsMax} are possible`,
    );
  if (outputs.includes("denoised") && missing !== undefined) throw denoiserMissing(missing);
  for (const name of outputs)
    if (!isShown(name, spec)) throw impossible(`output ${JSON.stringify(name.slice(0, 40))}, which the film lacks`);
  if (encoding !== PreviewEncoding.HALF && encoding !== PreviewEncoding.WEBP && encoding !== PreviewEncoding.JPEG)
    throw impossible(`encoding ${encoding}`);
  if (!Number.isFinite(exposureStops) || Math.abs(exposureStops) > 100) throw impossible(`exposure ${exposureStops}`);
  const chosenTone = tone === "" ? "srgb" : tone;
  if (!(tones as readonly string[]).includes(chosenTone)) throw impossible(`tone ${JSON.stringify(tone.slice(0, 40))}`);
  if (quality > 100) throw impossible(`quality ${quality}`);
  if (framesPerSecond > limits.previewFramesPerSecondMax) throw impossible(`${framesPerSecond} frames a second`);
  const display = { exposureStops, tone: chosenTone as Tone };
  const picture = { encoding: encoding === PreviewEncoding.JPEG ? ("jpeg" as const) : ("webp" as const), quality };
  return {
    outputs: outputs.filter(isPreviewOutput),
    isDenoised: outputs.includes("denoised"),
    encoding,
    display,
    picture,
    intervalMs: 1000 / (framesPerSecond === 0 ? limits.previewFramesPerSecondMax : framesPerSecond),
    formKey:
      encoding === PreviewEncoding.HALF ? "half" : `${picture.encoding} ${quality} ${exposureStops} ${chosenTone}`,
  };
}

function isShown(name: string, spec: FilmSpec): boolean {
  if (!isPreviewOutput(name)) return false;
  return ["samples", "error", "denoised", ...spec.outputs].includes(name);
}

function impossible(what: string): ArrasError {
  return new ArrasError("usage", {
    message: `A preview was asked for ${what}`,
    action: "Ask for an output of this film, as half, webp or jpeg (preview.proto).",
  });
}
